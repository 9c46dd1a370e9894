import type { Failure } from '../../../contract/failure.ts';
import type { PlanOption, Remedy } from '../../../contract/plan.ts';
import type { Attempt, EndReason, NextAttempt, Recovery, Rung } from '../../../contract/recovery.ts';
import type { Plan } from '../../../contract/render.ts';
import type { Kept } from '../../../contract/worker.ts';
import { type After, planChanges, readsAnew, samePlan } from '../planner/index.ts';
import { fruitless, samePlace } from './place.ts';

/** What is known when a render has failed. */
export interface Situation {
  failure: Failure;
  /** The plan that failed; null when there was none yet. */
  plan: Plan | null;
  kept: Kept;
  /** What was met before, oldest first. */
  history: readonly Attempt[];
  /** Plans that can take the failed one's place, the smallest change first; `moreSeconds` against the failed one. */
  alternatives: readonly PlanOption[];
  /** Plans that would do and change the picture. */
  offered: readonly PlanOption[];
  remedies: readonly Remedy[];
  /** Work that was done since what is kept was, and is done again; null where nobody knows. */
  spent: { seconds: number } | null;
  /** What is to be expected of the same plan; absent where nobody knows. */
  again?: After['again'];
  /** The worker had made clips before this one. */
  used?: boolean;
}

/** Recoveries in a row that may bring a render no further. */
export const patience = 12;
/** Other ways that are shown beside the one that is proposed. */
const shown = 4;

/** What is done about a failure: the smallest change that can work and was not tried here. Pure. */
export function nextAttempt(situation: Situation): NextAttempt {
  const { failure, kept, history, remedies } = situation;
  const offered = offeredIn(situation);
  const end = (reason: EndReason): NextAttempt => ({ kind: 'end', reason, others: offered, remedies: [...remedies] });
  const ladder = rungsFor(situation);
  if (ladder.length === 0) return end(exhausted(situation));
  if (fruitless([...sinceEnd(history), { failure, kept }]) > patience) return end('no-progress');
  const [recovery, ...rest] = ladder
    .filter((rung) => !wasTried(situation, rung))
    .map((rung) => recoveryOf(situation, rung));
  if (recovery === undefined) return end(exhausted(situation));
  return { kind: 'recover', recovery, others: [...rest.slice(0, shown), ...offered] };
}

/** Whoever takes a render up again after its end has looked after the machine. */
const sinceEnd = (history: readonly Attempt[]): readonly Attempt[] =>
  history.slice(1 + history.findLastIndex(({ recovery }) => recovery === null));

const release: Rung = { kind: 'release' };
const freshWorker: Rung = { kind: 'fresh-worker' };

/** Everything that can help against such a failure, the smallest change first. */
function rungsFor(situation: Situation): Rung[] {
  const { failure, plan } = situation;
  const before = earlierHere(situation);
  switch (failure.cause) {
    case 'device-memory': {
      // Nothing of it was on the card yet.
      if (plan === null) return [freshWorker];
      const loose = canBeLoosened(situation, failure);
      const replans = replansTo(situation, loose || before.length > 0);
      return loose ? [release, freshWorker, ...replans] : replans;
    }
    case 'host-memory': {
      if (plan === null) return [freshWorker];
      const replans = replansTo(situation, true);
      // A worker that begins anew does not hold what the phases before needed.
      if (situation.again?.verdict === 'lighter') return [freshWorker, ...replans];
      // Other programs may have been the cause, or what the worker had gathered.
      return replans.length > 0 || before.length > 0 ? replans : [freshWorker];
    }
    case 'spill':
      // Slow is not failed: what no plan helps against is gone on with, and takes its time.
      return [...replansTo(situation, true), { kind: 'accept', slow: true }];
    case 'killed':
      if (before.length === 0) return [freshWorker, ...replansTo(situation, true)];
      // The system kills for want of memory: then less of it, and again less.
      return failure.signal === 'SIGKILL' || before.length < 2 ? replansTo(situation, true) : [];
    case 'hang':
    case 'driver-lost':
      if (before.length === 0) return [freshWorker, ...replansTo(situation, true)];
      return before.length < 2 ? replansTo(situation, true) : [];
    case 'bad-frames': {
      const replans = replansTo(situation, false);
      if (failure.problem === 'nan' || failure.problem === 'black') return replans;
      // What shows in two decodes is in the picture itself.
      return [...(before.length === 0 ? replans : []), { kind: 'accept' }];
    }
    case 'internal':
      if (plan?.compile || (plan && plan.attention !== 'sdpa')) return [...replansTo(situation, true), freshWorker];
      return before.length === 0 ? [freshWorker] : [];
    case 'bad-weights':
    case 'bad-input':
    case 'disk-full':
    case 'not-writable':
    case 'environment':
      return [];
  }
}

/** Why nothing more is tried, once everything was. */
function exhausted({ failure, plan }: Situation): EndReason {
  switch (failure.cause) {
    case 'device-memory':
      return plan === null || heldByOthers(failure) ? 'taken' : 'no-way-left';
    case 'host-memory':
      return plan === null ? 'taken' : 'no-way-left';
    case 'spill':
    case 'bad-frames':
      return 'no-way-left';
    case 'killed':
    case 'hang':
    case 'driver-lost':
      return 'no-progress';
    default:
      return 'not-by-trying';
  }
}

/** What was asked for was not free, and others have more than that. */
function heldByOthers({ requestedBytes, freeBytes, others }: Extract<Failure, { cause: 'device-memory' }>): boolean {
  if (requestedBytes === null || (freeBytes !== null && freeBytes >= requestedBytes)) return false;
  return (others ?? []).reduce((sum, { bytes }) => sum + (bytes ?? 0), 0) > requestedBytes;
}

/** Memory is there and was not to be had: between its pieces, or held by what is over. */
function canBeLoosened(situation: Situation, failure: Extract<Failure, { cause: 'device-memory' }>): boolean {
  const { again, used, history } = situation;
  const rungs = earlierHere(situation).map(({ recovery }) => recovery?.rung.kind);
  // In a worker of its own it is the plan that leaves the pieces.
  if (rungs.includes('fresh-worker')) return false;
  if (rungs.includes('release') || isFragmented(situation, failure)) return true;
  // What lies about of other clips; what an earlier attempt at this one left has been let go.
  const others = used === true && history.at(-1)?.recovery == null;
  return again?.verdict === 'lighter' || (again?.verdict === 'fits' && others);
}

function isFragmented(
  { again, alternatives }: Situation,
  failure: Extract<Failure, { cause: 'device-memory' }>,
): boolean {
  const { requestedBytes, allocatedBytes, reservedBytes, freeBytes, allowedBytes } = failure;
  if (requestedBytes === null || allocatedBytes === null) return false;
  if (allowedBytes != null && allocatedBytes + requestedBytes > allowedBytes) return false;
  // Nor is what is free of use to whoever may not have it.
  const free = Math.min(freeBytes ?? 0, (allowedBytes ?? Number.POSITIVE_INFINITY) - (reservedBytes ?? allocatedBytes));
  if (free >= requestedBytes) return true;
  // What comes piece by piece leaves some at the end, too: a plan that is too large by far is not helped by them.
  if (again?.verdict === 'too-large' && alternatives.length > 0) return false;
  return reservedBytes !== null && reservedBytes - allocatedBytes >= requestedBytes;
}

function replansTo({ plan, alternatives }: Situation, fresh: boolean): Rung[] {
  return alternatives.flatMap((option): Rung[] => {
    const changes = plan === null ? [] : planChanges(plan, option.plan);
    return changes.length === 0 ? [] : [{ kind: 'replan', plan: option.plan, changes, fresh }];
  });
}

const earlierHere = (situation: Situation): Attempt[] =>
  situation.history.filter((attempt) => attempt.recovery !== null && samePlace(attempt, situation));

/** A plan that failed at this place is not taken up again, nor is the same done twice about the same plan. */
function wasTried(situation: Situation, rung: Rung): boolean {
  if (rung.kind === 'replan') {
    const here = situation.history.filter((attempt) => samePlace(attempt, situation));
    return here.some(({ plan, recovery }) => {
      const taken = recovery?.rung.kind === 'replan' ? recovery.rung.plan : null;
      return (plan !== null && samePlan(plan, rung.plan)) || (taken !== null && samePlan(taken, rung.plan));
    });
  }
  return earlierHere(situation).some(
    ({ plan, recovery }) => recovery?.rung.kind === rung.kind && same(plan, situation.plan),
  );
}

const same = (one: Plan | null, other: Plan | null): boolean =>
  one === null || other === null ? one === other : samePlan(one, other);

function recoveryOf(situation: Situation, rung: Rung): Recovery {
  const { alternatives, kept, spent } = situation;
  const option = rung.kind === 'replan' ? alternatives.find(({ plan }) => plan === rung.plan) : undefined;
  const loading = isReadAnew(rung, situation.failure) ? (situation.again?.loadingSeconds ?? 0) : 0;
  const moreSeconds = spent === null ? null : spent.seconds + (option?.moreSeconds ?? 0) + loading;
  const needs = option === undefined ? null : needOf(option, situation.failure);
  return { rung, keeps: kept, moreSeconds, ...(needs === null ? {} : { needs }), changesPicture: false };
}

/** The model is not there any more when it goes on. */
function isReadAnew(rung: Rung, { cause }: Failure): boolean {
  // After it a worker holds nothing, whatever comes next.
  if (cause === 'device-memory' || cause === 'host-memory') return true;
  return rung.kind === 'fresh-worker' || (rung.kind === 'replan' && (rung.fresh || readsAnew(rung.changes)));
}

/** What the phase that failed then takes of what ran out. */
function needOf({ prediction }: PlanOption, { cause, phase }: Failure): number | null {
  const found = prediction.phases.find((each) => each.phase === phase);
  if (found === undefined || (cause !== 'device-memory' && cause !== 'spill' && cause !== 'host-memory')) return null;
  return cause === 'host-memory' ? found.hostBytes : found.deviceNeed;
}

/** What is kept belongs to the picture that was asked for: another one begins anew. */
function offeredIn({ plan, offered, kept, spent }: Situation): Recovery[] {
  if (plan === null || kept.kind === 'latents') return [];
  return offered.flatMap((option): Recovery[] => {
    const changes = planChanges(plan, option.plan);
    if (changes.length === 0) return [];
    return [
      {
        rung: { kind: 'replan', plan: option.plan, changes, fresh: true },
        keeps: { kind: 'nothing' },
        moreSeconds: spent === null ? null : spent.seconds + option.moreSeconds,
        changesPicture: true,
      },
    ];
  });
}

import type { Failure } from '../../../contract/failure.ts';
import type { PlanOption, Remedy, Resource } from '../../../contract/plan.ts';
import type { Phase, Plan } from '../../../contract/render.ts';
import { shortcutOf } from '../../../contract/shortcut.ts';
import { type Aim, aimOf, attendsOtherwise, compiles, phasesAhead, secondsAhead } from './aims.ts';
import { parametersOf } from './architecture.ts';
import { isExact } from './changes.ts';
import { fits, lesserWays, nearestWays, needIn, otherDecodes } from './choosing.ts';
import { type Corrections, type CorrectionsFor, correctionsOf } from './corrections.ts';
import type { ModelFacts } from './facts.ts';
import type { PlanMachine } from './machine.ts';
import { type Begun, type Neighbourhood, neighbourhood } from './neighbours.ts';
import { decide } from './plan.ts';
import { explained, optionOf, type Thought } from './prediction.ts';
import { remediesFor } from './remedies.ts';
import type { PlanJob } from './work.ts';

/** A render that failed, and how far it had come. */
export interface Failed extends Begun {
  failure: Failure;
}

/** What can be done about a plan that failed, as far as the planner knows. */
export interface After {
  /** Plans for the same picture that can take its place, the smallest change first; `moreSeconds` against it. */
  alternatives: PlanOption[];
  /** Those that change the picture. */
  offered: PlanOption[];
  /** Other settings with which it fits. */
  remedies: Remedy[];
  /** The same plan once more; null where the planner knows nothing of it. */
  again: {
    /**
     * `lighter`: from what is kept it takes less than what failed did, and that fits. `fits`: by prediction it should
     * have fitted.
     */
    verdict: 'lighter' | 'fits' | 'too-large';
    /** Until a worker that holds nothing has read what is still to run. */
    loadingSeconds: number;
  } | null;
}

export const nothingKnown: After = { alternatives: [], offered: [], remedies: [], again: null };

/** What a way may take of what the failed one took, with figures to go by; without; of the computer; of an overfull card. */
const shares = { known: 0.97, blind: 0.75, host: 0.85, spilled: 0.9 } as const;
/** A reading that is further off says more of what was left lying about than of the plan. */
const highestRatio = 2;
/** So much less than what failed that it is something else. */
const muchLess = 0.9;

/** Pure: everything that is known of the machine is in `machine` and in the failure. */
export function after(
  machine: PlanMachine,
  model: ModelFacts,
  job: PlanJob,
  corrections: Corrections,
  failed: Failed,
): Omit<After, 'remedies'> {
  const { failure, plan, kept } = failed;
  const aim = aimOf(failure, plan, kept);
  const room = roomAfter(machine, failure);
  const thinking = (of: Corrections) => (as?: Partial<Plan>) =>
    neighbourhood(room, model.architecture, job, of, failed, as);
  const before = thinking(corrections)();
  if (before === null) return nothingKnown;
  const ratio = shownRatio(failure, before, aim);
  const learnt = ratio > 1 ? raised(corrections, aim, ratio) : corrections;
  const now = thinking(learnt)() ?? before;
  const seconds = ({ prediction }: Pick<Thought, 'prediction'>) => secondsAhead(prediction, kept, job.steps);
  // What it would still have taken in the room that it was made for.
  const own = neighbourhood(machine, model.architecture, job, corrections, failed)?.fromKept;
  const since = own == null ? 0 : seconds(own);
  const alternatives = waysTo(aim, now, failed, job.steps, thinking(learnt)).map((way) =>
    optionOf(explained(way), seconds(way) - since),
  );
  const offered =
    wantsMemory(failure) && kept.kind !== 'latents' ? changingPicture(room, model, job, learnt, plan, since) : [];
  return { alternatives, offered, again: againOf(aim, before, now, kept, model) };
}

/** Other settings with which it would fit, now that it is known what there is. */
export function remediesAfter(
  machine: PlanMachine,
  model: ModelFacts,
  job: PlanJob,
  corrections: CorrectionsFor,
  failed: Failed,
): Remedy[] {
  const { failure, plan, kept } = failed;
  const aim = aimOf(failure, plan, kept);
  if (!wantsMemory(failure) || aim.kind !== 'less') return [];
  const room = roomAfter(machine, failure);
  const there = (of: Corrections) => neighbourhood(room, model.architecture, job, of, failed);
  const before = there(corrections(job));
  const ratio = before === null ? 1 : shownRatio(failure, before, aim);
  const learnt = (of: PlanJob) => raised(corrections(of), aim, ratio);
  const fromKept = there(learnt(job))?.fromKept;
  // Whatever is changed has to take less than what failed.
  const needs = aim.suspects.map((phase) => (fromKept == null ? 0 : needIn(fromKept, phase, aim.resource)));
  const most = Math.max(...needs) * shareOf(failure) || Number.POSITIVE_INFINITY;
  return remediesFor(withAtMost(room, aim.resource, most), model, job, learnt);
}

const wantsMemory = ({ cause }: Failure): boolean =>
  cause === 'device-memory' || cause === 'host-memory' || cause === 'spill';

/** What the failure shows of the machine: an allocator's limit, what was free of the card, what overfilled it. */
function roomAfter(machine: PlanMachine, failure: Failure): PlanMachine {
  const { device } = machine;
  if (device.kind === 'cpu') return machine;
  if (failure.cause === 'spill') return withRoom(machine, shares.spilled * device.roomBytes);
  if (failure.cause !== 'device-memory') return machine;
  // Who took the rest may have given it back: the allocator is not to be what holds the next attempt down.
  const allowed = { ...machine, device: { ...device, allowedBytes: device.roomBytes } };
  return withRoom(allowed, Math.min(device.roomBytes, ...limitsIn(failure)));
}

function limitsIn(failure: Extract<Failure, { cause: 'device-memory' }>): number[] {
  const { allocatedBytes, reservedBytes, freeBytes, allowedBytes } = failure;
  const ours = reservedBytes ?? allocatedBytes;
  return [
    ...(allowedBytes == null ? [] : [allowedBytes]),
    ...(ours === null || freeBytes === null ? [] : [ours + freeBytes]),
  ];
}

const withRoom = (machine: PlanMachine, bytes: number): PlanMachine =>
  machine.device.kind === 'cpu'
    ? machine
    : { ...machine, device: { ...machine.device, roomBytes: Math.max(0, Math.floor(bytes)) } };

/** As if there were no more of it than that. */
function withAtMost(machine: PlanMachine, resource: Resource, bytes: number): PlanMachine {
  const { device, host } = machine;
  if (resource === 'host') return { ...machine, host: { ...host, roomBytes: Math.min(host.roomBytes, bytes) } };
  return device.kind === 'cpu' ? machine : withRoom(machine, Math.min(device.roomBytes, bytes));
}

/** How much more the phase that failed took than was predicted, as far as the failure shows it. */
function shownRatio(failure: Failure, { asItRan }: Neighbourhood, aim: Aim): number {
  if (failure.cause !== 'device-memory' || aim.kind !== 'less' || aim.suspects.length !== 1) return 1;
  const { allocatedBytes, requestedBytes } = failure;
  const said = asItRan?.prediction.phases.find(({ phase }) => phase === aim.suspects[0])?.deviceBytes ?? 0;
  if (allocatedBytes === null || requestedBytes === null || said <= 0) return 1;
  return Math.min(highestRatio, Math.max(1, (allocatedBytes + requestedBytes) / said));
}

const raised = (corrections: Corrections, aim: Aim, ratio: number): Corrections =>
  correctionsOf((phase) => {
    const known = corrections[phase];
    return aim.kind === 'less' && aim.suspects.includes(phase) ? { ...known, device: ratio * known.device } : known;
  });

function waysTo(
  aim: Aim,
  there: Neighbourhood,
  failed: Failed,
  steps: number,
  as: (given: Partial<Plan>) => Neighbourhood | null,
): Thought[] {
  const { failure, plan, kept } = failed;
  const uncompiled = () =>
    compiles(plan, kept) ? nearestWays(as({ compile: false }), failed, steps, (one) => !one.compile) : [];
  const torchAttention = () =>
    attendsOtherwise(plan, kept) ? nearestWays(as({ attention: 'sdpa' }), failed, steps) : [];
  switch (aim.kind) {
    case 'less':
      return lesserWays(there, failed, steps, aim, shareOf(failure));
    case 'decode':
      return otherDecodes(there, failed, steps);
    case 'plainer':
      return plan.attention === 'sage'
        ? [...torchAttention(), ...uncompiled()]
        : [...uncompiled(), ...torchAttention()];
    case 'arithmetic': {
      const precisions = laterPrecisions(there.machine, plan.precision);
      const to = (precision: Plan['precision']) => nearestWays(as({ precision }), failed, steps);
      // Half precisions are of the same size and speed: that is the smallest change.
      const half = precisions.includes('bfloat16') ? to('bfloat16') : [];
      // What was made with eight bits belongs to another picture.
      const inexact = !isExact(plan) && plan.attention !== 'sage';
      const exact = kept.kind === 'nothing' && inexact ? nearestWays(as(exactly), failed, steps) : [];
      const whole = precisions.includes('float32') ? to('float32') : [];
      return [...half, ...exact, ...torchAttention(), ...uncompiled(), ...whole];
    }
    case 'none':
      return [];
  }
}

function shareOf(failure: Failure): number {
  if (failure.cause === 'spill') return shares.spilled;
  // The process itself is a good part of it, and takes the same whatever the plan.
  if (failure.cause === 'host-memory' || failure.cause === 'killed') return shares.host;
  const known = failure.cause === 'device-memory' && limitsIn(failure).length > 0;
  return known ? shares.known : shares.blind;
}

const exactly = { storage: { transformer: 'same' }, attention: 'sdpa', steps: 'all' } as const;

/** Those that hold larger numbers, or more digits, and that the device calculates in. */
function laterPrecisions({ device }: PlanMachine, precision: Plan['precision']): Plan['precision'][] {
  if (device.kind === 'cpu' || precision === 'float32') return [];
  return precision === 'float16' && device.speed.capability >= 8 ? ['bfloat16', 'float32'] : ['float32'];
}

/**
 * What would be small enough with another picture, the exact one among them; all of it is then made anew. To skip steps
 * makes nothing smaller.
 */
function changingPicture(
  machine: PlanMachine,
  model: ModelFacts,
  job: PlanJob,
  corrections: Corrections,
  plan: Plan,
  since: number,
): PlanOption[] {
  const decision = decide(machine, model.architecture, job, corrections);
  const exact = decision.kind === 'fits' ? [decision.best] : [];
  return [...exact, ...decision.offered]
    .filter((way) => shortcutOf(way.plan) !== shortcutOf(plan))
    .filter((way) => way.plan.steps === 'all' || way.plan.steps === plan.steps)
    .map((way) => optionOf(way, way.prediction.seconds - since));
}

/** Of a model's files, what the phases ahead read. */
function shareRead(architecture: ModelFacts['architecture'], ahead: readonly Phase[]): number {
  const { textEncoder, transformer, vae } = parametersOf(architecture);
  const decoder = vae.encoder + vae.decoder;
  const all = textEncoder.all + transformer.all + decoder;
  if (ahead.includes('encoding')) return 1;
  return (ahead.includes('denoising') ? transformer.all + decoder : decoder) / all;
}

/** By what was predicted and, for `lighter`, by what the failure has shown since. */
function againOf(
  aim: Aim,
  before: Neighbourhood,
  now: Neighbourhood,
  kept: Begun['kept'],
  { architecture }: ModelFacts,
): After['again'] {
  const { asItRan, fromKept } = now;
  if (asItRan === null || fromKept === null || before.fromKept === null) return null;
  const ahead = phasesAhead(kept);
  const whole = fromKept.prediction.phases.find(({ phase }) => phase === 'loading')?.seconds ?? 0;
  const loadingSeconds = whole * shareRead(architecture, ahead);
  const exhausted = aim.kind === 'less' ? aim.resource : null;
  const lighter =
    aim.kind === 'less' &&
    aim.suspects.every(
      (phase) => needIn(fromKept, phase, aim.resource) < muchLess * needIn(asItRan, phase, aim.resource),
    );
  if (lighter && fits(now, fromKept, ahead, exhausted)) return { verdict: 'lighter', loadingSeconds };
  return { verdict: fits(before, before.fromKept, ahead, exhausted) ? 'fits' : 'too-large', loadingSeconds };
}

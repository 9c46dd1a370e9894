import type { Planned, PlanQuery, PlanRoom, Verdict } from '../../../contract/plan.ts';
import type { ShapeProblem } from '../../../contract/refusal.ts';
import { shapeProblem } from '../models/index.ts';
import type { CorrectionsFor } from './corrections.ts';
import type { ModelFacts } from './facts.ts';
import { limited, type PlanMachine } from './machine.ts';
import { type Decision, decide, fastest, isTight } from './plan.ts';
import { optionOf, type Way } from './prediction.ts';
import { raisedLimit, remediesFor } from './remedies.ts';
import { offeredAs } from './shortcuts.ts';
import type { PlanJob } from './work.ts';

/** What a question about a clip is of, as far as it decides memory and time. */
export const jobOf = ({ task }: ModelFacts, query: Omit<PlanQuery, 'model'>): PlanJob => ({
  ...{ width: query.width, height: query.height, frames: query.frames, steps: query.steps },
  guided: query.guidance > 1,
  picture: task === 'image-to-video',
});

export const problemOf = (facts: ModelFacts, query: PlanQuery): ShapeProblem | null =>
  shapeProblem(facts, { ...query, hasPicture: facts.task === 'image-to-video' });

type Fitting = Extract<Planned, { kind: 'fits' | 'tight' }>;

/** The whole answer for one clip on a machine, this one or another. */
export function plannedFor(
  whole: PlanMachine,
  facts: ModelFacts,
  query: PlanQuery,
  corrections: CorrectionsFor,
): Planned {
  const problem = problemOf(facts, query);
  if (problem !== null) return { kind: 'shape', problem };
  const job = jobOf(facts, query);
  const machine = limited(whole, query.memoryLimit);
  const decision = decide(machine, facts.architecture, job, corrections(job));
  const room = roomOf(machine);
  const taken = offeredAs(decision, query.shortcut);
  if (taken !== undefined && query.shortcut !== undefined) {
    const best = decision.kind === 'fits' ? decision.best : null;
    const exact = best && optionOf(best, best.prediction.seconds - taken.prediction.seconds);
    return { ...toldOf(taken, decision, room), taken: { shortcut: query.shortcut, exact } };
  }
  if (decision.kind === 'fits') return toldOf(decision.best, decision, room);
  const { least, offered } = decision;
  const { binds, prediction } = least;
  const raised = machine === whole ? [] : raisedLimit(whole, facts, job, least, corrections);
  return {
    ...{ kind: 'too-large', room, binds, prediction },
    remedies: [...raised, ...remediesFor(machine, facts, job, corrections)],
    offered: offered.map((way) => optionOf(way, way.prediction.seconds - prediction.seconds)),
  };
}

/** What is said of a way that fits, beside the others. */
function toldOf(way: Way, decision: Decision, room: PlanRoom): Fitting {
  const { plan, prediction, reasons, binds } = way;
  const beside = (other: Way) => optionOf(other, other.prediction.seconds - prediction.seconds);
  return {
    kind: isTight(way) ? 'tight' : 'fits',
    ...{ room, plan, prediction, reasons, binds },
    runnersUp: decision.kind === 'fits' ? decision.runnersUp.map(beside) : [],
    offered: decision.offered.map(beside),
  };
}

/** The exact picture in a few figures. */
export function verdictFor(
  machine: PlanMachine,
  facts: ModelFacts,
  query: PlanQuery,
  corrections: CorrectionsFor,
): Verdict {
  if (problemOf(facts, query) !== null) return { kind: 'unknown' };
  const job = jobOf(facts, query);
  const found = fastest(limited(machine, query.memoryLimit), facts.architecture, job, corrections(job));
  if (found.kind === 'too-large') return { kind: 'too-large', binds: found.least.binds };
  const { seconds, deviceNeed, hostBytes, basis } = found.best.prediction;
  return { kind: isTight(found.best) ? 'tight' : 'fits', seconds, deviceNeed, hostBytes, basis };
}

const roomOf = ({ device, host }: PlanMachine): PlanRoom =>
  device.kind === 'cpu'
    ? {
        device: 'cpu',
        name: device.name,
        ...{ cardBasis: null, deviceBytes: null, deviceTotalBytes: null, othersBytes: null },
        hostBytes: host.roomBytes,
      }
    : {
        device: 'cuda',
        name: device.name,
        cardBasis: device.speed.basis,
        deviceBytes: device.roomBytes,
        deviceTotalBytes: device.totalBytes,
        othersBytes: device.othersBytes,
        hostBytes: host.roomBytes,
      };

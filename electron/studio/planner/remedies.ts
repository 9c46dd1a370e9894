import type { Remedy } from '../../../contract/plan.ts';
import { limits } from '../../../contract/render.ts';
import type { CorrectionsFor } from './corrections.ts';
import type { ModelFacts } from './facts.ts';
import { limited, limitFor, type PlanMachine } from './machine.ts';
import { fastest } from './plan.ts';
import type { Way } from './prediction.ts';
import type { PlanJob } from './work.ts';

type Found = ReturnType<typeof fastest>;

/** What a person could change so that it fits, each with the least that must change. */
export function remediesFor(
  machine: PlanMachine,
  model: ModelFacts,
  job: PlanJob,
  corrections: CorrectionsFor,
): Remedy[] {
  const thought = (on: PlanMachine, of: PlanJob) => fastest(on, model.architecture, of, corrections(of));
  const tried = (change: Partial<PlanJob>) => thought(machine, { ...job, ...change });
  const found: Remedy[] = [];
  const { device } = machine;
  if (device.kind === 'cuda' && device.othersBytes !== null && device.othersBytes > 0) {
    const alone = {
      ...machine,
      device: {
        ...device,
        roomBytes: Math.min(device.mostBytes ?? device.totalBytes, device.roomBytes + device.othersBytes),
      },
    };
    add(found, { kind: 'close-others', bytes: device.othersBytes }, thought(alone, job));
  }
  const frames = shorter(model, job.frames);
  const sizes = smaller(model, job);
  const length = largest(frames, (each) => tried({ frames: each }));
  if (length !== null) add(found, { kind: 'frames', frames: length.value }, length.decision);
  const size = largest(sizes, (each) => tried(each));
  if (size !== null) add(found, { kind: 'size', ...size.value }, size.decision);
  if (length !== null || size !== null) return found;
  const short = frames.at(-1) ?? job.frames;
  const both = largest(sizes, (each) => tried({ ...each, frames: short }));
  if (both !== null) add(found, { kind: 'both', ...both.value, frames: short }, both.decision);
  return found;
}

/** The limit with which the way that takes least fits, where it is the limit that stands in its way. `machine` is without. */
export function raisedLimit(
  machine: PlanMachine,
  model: ModelFacts,
  job: PlanJob,
  least: Way,
  corrections: CorrectionsFor,
): Remedy[] {
  const found: Remedy[] = [];
  const bytes = limitFor(machine, least.prediction);
  add(
    found,
    { kind: 'memory-limit', bytes },
    fastest(limited(machine, bytes), model.architecture, job, corrections(job)),
  );
  return found;
}

function add(found: Remedy[], change: Remedy['change'], decision: Found): void {
  if (decision.kind !== 'fits') return;
  const { seconds, deviceNeed } = decision.best.prediction;
  found.push({ change, seconds, deviceNeed });
}

/** Lengths that the model makes, below this one, the longest first. */
function shorter({ shape }: ModelFacts, frames: number): number[] {
  const lengths: number[] = [];
  const least = shape.framesMultiple + 1;
  const highest = Math.min(frames - 1, shape.maxFrames);
  for (
    let each = Math.floor((highest - 1) / shape.framesMultiple) * shape.framesMultiple + 1;
    each >= least;
    each -= shape.framesMultiple
  ) {
    lengths.push(each);
  }
  return lengths;
}

/** Sizes that the model makes, of about the same proportions, the largest first; none for a model of one size. */
function smaller({ shape }: ModelFacts, { width, height }: PlanJob): { width: number; height: number }[] {
  if (shape.fixedSize) return [];
  const { sideMultiple } = shape;
  const least = Math.max(limits.side.min, sideMultiple);
  const rounded = (side: number) => Math.max(least, Math.round(side / sideMultiple) * sideMultiple);
  const sizes = new Map<string, { width: number; height: number }>();
  for (let share = 0.95; share >= 0.3; share -= 0.05) {
    const size = { width: rounded(width * share), height: rounded(height * share) };
    if (size.width < width || size.height < height) sizes.set(`${size.width} ${size.height}`, size);
  }
  return [...sizes.values()];
}

/** The first of those in falling order that fits, found by halving; null when not even the last one does. */
function largest<T>(values: readonly T[], decided: (value: T) => Found): { value: T; decision: Found } | null {
  let best: { value: T; decision: Found } | null = null;
  let [from, to] = [0, values.length - 1];
  while (from <= to) {
    const middle: number = best === null && from === 0 ? to : Math.floor((from + to) / 2);
    const value: T | undefined = values[middle];
    if (value === undefined) return best;
    const decision = decided(value);
    if (decision.kind === 'fits') {
      best = { value, decision };
      to = middle - 1;
    } else if (middle === values.length - 1) {
      return null;
    } else {
      from = middle + 1;
    }
  }
  return best;
}

import { isDeepStrictEqual } from 'node:util';
import type { ModelArchitecture } from '../../../contract/model.ts';
import type { CalibrationRun } from '../../../contract/plan.ts';
import { type Corrections, uncorrected } from './corrections.ts';
import type { PlanMachine } from './machine.ts';
import { distinct, exactWays, fitsIn } from './plan.ts';
import { load, type Way } from './prediction.ts';
import type { PlanJob } from './work.ts';

export interface Trial {
  way: Way;
  expected: CalibrationRun['expected'];
}

/** The first step is not like the others, and their median is wanted. */
export const trialSteps = 4;
/** What is said to take longer than that beside the best will hardly be the best. */
const near = 1.5;
const most = 3;
/** Said not to fit, by so little that it may. */
const edge = 1.15;

/**
 * The short clips that tell most about how this machine makes a job: by the plan that it would be made by, by its
 * nearest rivals of another kind, and last by a faster one that is said not to fit, if it is said by little.
 */
export function trials(
  machine: PlanMachine,
  architecture: ModelArchitecture,
  job: PlanJob,
  corrections: Corrections = uncorrected,
): Trial[] {
  const all = exactWays(machine, architecture, job, corrections);
  const [best, ...others] = all.filter(fitsIn);
  const within = (best?.prediction.seconds ?? Number.POSITIVE_INFINITY) * near;
  const rivals =
    best &&
    distinct(
      others.filter(({ prediction }) => prediction.seconds <= within),
      best,
    );
  const reach = all.find((way) => way !== best && !fitsIn(way) && load(way.binds) <= edge);
  const beyond = reach && (!best || reach.prediction.seconds < best.prediction.seconds) ? [reach] : [];
  const short = exactWays(machine, architecture, { ...job, steps: Math.min(job.steps, trialSteps) }, corrections);
  const trial = ({ plan }: Way, expected: Trial['expected']): Trial[] => {
    const way = short.find((each) => isDeepStrictEqual(each.plan, plan));
    return way === undefined ? [] : [{ way, expected }];
  };
  return [
    ...[...(best ? [best] : []), ...(rivals ?? []).slice(0, most - 1)].flatMap((way) => trial(way, 'fits')),
    ...beyond.flatMap((way) => trial(way, 'too-large')),
  ];
}

/**
 * In which steps the denoiser runs where they are cached, as the worker's step_cache.py has it. A test holds the two to
 * the same figures.
 */
import type { Plan } from './render.ts';

/** The first fifth of the steps is calculated, and no fewer than eight. */
const first = { share: 5, least: 8 } as const;

/** In how many of so many steps the denoiser runs: in the first, in the last, and in every other one between. */
export const calculatedSteps = (of: number, steps: Plan['steps']): number => calculatedLeft(of, steps, 0);

/** In how many of those that are left. */
export function calculatedLeft(of: number, steps: Plan['steps'], done: number): number {
  if (steps === 'all' || done >= of) return Math.max(0, of - done);
  const whole = Math.min(of, Math.max(first.least, Math.ceil(of / first.share)));
  const between = Math.ceil((of - whole) / 2);
  return done < whole ? whole - done + between : between - Math.floor((done - whole) / 2);
}

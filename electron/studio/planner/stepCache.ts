/**
 * In which steps the denoiser runs where they are cached, as the worker's step_cache.py has it. A test holds the two to
 * the same figures.
 */
import type { Plan } from '../../../contract/render.ts';

/** The first fifth of the steps is calculated, and no fewer than eight. */
const first = { share: 5, least: 8 } as const;

/** In how many of so many steps the denoiser runs: in the first, in the last, and in every other one between. */
export function calculatedSteps(of: number, steps: Plan['steps']): number {
  if (steps === 'all') return of;
  const whole = Math.min(of, Math.max(first.least, Math.ceil(of / first.share)));
  return whole + Math.ceil((of - whole) / 2);
}

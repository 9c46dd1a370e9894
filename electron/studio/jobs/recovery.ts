import type { Failure } from '../../../contract/failure.ts';
import type { Kept } from '../../../contract/worker.ts';

/** One end of a render that was not its own doing. */
export interface Attempt {
  failure: Failure;
  kept: Kept;
}

export type Next = { kind: 'again'; attempt: number } | { kind: 'give-up' };

/** Attempts in a row that may bring nothing further before the job is given up. */
const fruitless = 3;

/**
 * After the worker itself died, hung or lost the driver, a fresh one goes on from what was kept,
 * as long as attempts get further. Every other failure would only repeat itself.
 */
export function nextAttempt(attempts: readonly Attempt[]): Next {
  const last = attempts.at(-1);
  if (last === undefined) return { kind: 'again', attempt: 1 };
  const mendable =
    last.failure.cause === 'killed' || last.failure.cause === 'hang' || last.failure.cause === 'driver-lost';
  if (!mendable) return { kind: 'give-up' };
  let without = 1;
  for (let i = attempts.length - 1; i > 0; i -= 1) {
    const [before, after] = [attempts[i - 1], attempts[i]];
    if (before === undefined || after === undefined || progress(after.kept) > progress(before.kept)) break;
    without += 1;
  }
  return without >= fruitless ? { kind: 'give-up' } : { kind: 'again', attempt: attempts.length + 1 };
}

/** How far a render had come, as a number that only grows. */
function progress(kept: Kept): number {
  switch (kept.kind) {
    case 'nothing':
      return 0;
    case 'embeddings':
      return 1;
    case 'checkpoint':
      return 1 + kept.step;
    case 'latents':
      return Number.POSITIVE_INFINITY;
  }
}

import type { Failure } from '../../../contract/failure.ts';
import type { Kept } from '../../../contract/worker.ts';

/** How far a render has come, as a number that only grows. */
export function progressOf(kept: Kept): number {
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

interface Met {
  failure: Failure;
  kept: Kept;
}

/** The same trouble in the same phase, no further than before. */
export const samePlace = (one: Met, other: Met): boolean =>
  one.failure.cause === other.failure.cause &&
  one.failure.phase === other.failure.phase &&
  progressOf(one.kept) === progressOf(other.kept);

/** How many of these, oldest first, have brought nothing since the furthest that was come. */
export function fruitless(met: readonly Met[]): number {
  const furthest = Math.max(...met.map(({ kept }) => progressOf(kept)));
  return met.length - met.findIndex(({ kept }) => progressOf(kept) === furthest);
}

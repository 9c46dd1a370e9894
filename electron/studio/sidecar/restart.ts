/**
 * Milliseconds to wait before the worker is started again: none after one failure, which may be
 * chance, then 1, 2, 4 ... at most 30 s, so that a broken installation does not spin.
 */
export function restartDelay(failuresInARow: number): number {
  return failuresInARow <= 1 ? 0 : Math.min(30_000, 1000 * 2 ** (failuresInARow - 2));
}

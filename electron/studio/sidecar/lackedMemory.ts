import type { WorkerEnd } from './worker.ts';

/** What systems, runtimes and libraries say when the computer's memory runs out. */
const words = /MemoryError|failed to map segment|annot allocate memory|bad_alloc|paging file|WinError 1455/i;
/** The same as Windows says it, which knows no signals: STATUS_NO_MEMORY and STATUS_COMMITMENT_LIMIT. */
const codes: readonly number[] = [0xc0000017, 0xc000012d];

/**
 * Whether a worker ended for want of the computer's memory, by its own word. Nothing is damaged then, and there is
 * nothing to repair. What the system kills says nothing, and what it may have said before is of another time.
 */
export function lackedMemory(end: WorkerEnd): boolean {
  if (end.kind === 'killed' && end.signal === 'SIGKILL') return false;
  return words.test(end.lastWords) || (end.kind === 'exited' && codes.includes(end.code >>> 0));
}

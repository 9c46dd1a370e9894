import type { Failure } from '../../../contract/failure.ts';
import type { Phase } from '../../../contract/render.ts';
import { type StorageProblem, storageProblem } from '../storage/problem.ts';

/** What it means for a job that the studio's own work at it failed. `path` is the data folder. */
export function failureOf(error: unknown, phase: Phase | null, path: string): Failure {
  const where = { phase, detail: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  const problem = storageProblem(error, path);
  if (problem === 'full') return { cause: 'disk-full', ...where, path };
  if (problem === 'read-only') return { cause: 'not-writable', ...where, path, exists: false };
  return { cause: 'internal', ...where };
}

/** Such a failure again as what is wrong with the disk. */
export function storageOf({ cause }: Failure): StorageProblem {
  if (cause === 'disk-full') return 'full';
  return cause === 'not-writable' ? 'read-only' : 'gone';
}

import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Job, resumable, runningKinds } from '../../../contract/job.ts';
import type { JobStore } from './store.ts';

export type Cancelled = 'asked' | 'cancelled' | 'ended';

/** Cancels a job, wherever it runs. One that does not run loses what it had kept in `folder`. */
export async function cancelJob(jobs: JobStore, folder: string, job: Job): Promise<Cancelled> {
  if ((runningKinds as readonly string[]).includes(job.state.kind)) {
    jobs.requestCancel(job.id);
    return 'asked';
  }
  if (!resumable(job.state)) return 'ended';
  jobs.setState(job.id, { kind: 'cancelled', kept: { kind: 'nothing' } });
  await discardKept(folder, job.id);
  await rm(partOf(job), { force: true });
  return 'cancelled';
}

/** The hidden file beside its destination that a killed worker was writing; named as in media/clip.py. */
function partOf({ id, out }: Job): string {
  const name = createHash('sha256').update(id).digest('hex').slice(0, 16);
  return join(dirname(out), `.reelwright-${name}.part.mp4`);
}

/** Removes what a job kept on disk. Windows lets go of files a moment after a process ends, hence the tries. */
export async function discardKept(folder: string, id: string): Promise<void> {
  await rm(join(folder, id), { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
}

/** Forgets jobs that were taken out before a time, and what they had kept. */
export async function forgetRemoved(
  { jobs, paths }: { jobs: JobStore; paths: { jobs: string } },
  before: number,
): Promise<void> {
  const gone = jobs.removedBefore(before);
  // At once, so that none of them comes back while its files go.
  for (const job of gone) jobs.forget(job.id);
  for (const job of gone) {
    await discardKept(paths.jobs, job.id);
    await rm(partOf(job), { force: true });
  }
}

import { isRunning, type Job, resumable } from '../../../contract/job.ts';
import { discardKept, discardPart } from './kept.ts';
import type { JobStore } from './store.ts';

export type Cancelled = 'asked' | 'cancelled' | 'ended';

/** Cancels a job, wherever it runs. One that does not run loses what it had kept in `folder`. */
export async function cancelJob(jobs: JobStore, folder: string, job: Job): Promise<Cancelled> {
  if (isRunning(job.state)) {
    jobs.requestCancel(job.id);
    return 'asked';
  }
  if (!resumable(job.state)) return 'ended';
  jobs.setState(job.id, { kind: 'cancelled', kept: { kind: 'nothing' } });
  await discardKept(folder, job.id);
  await discardPart(job);
  return 'cancelled';
}

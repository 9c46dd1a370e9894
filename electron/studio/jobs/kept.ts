import { createHash } from 'node:crypto';
import { readdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Job } from '../../../contract/job.ts';
import type { JobStore } from './store.ts';

interface Parts {
  jobs: JobStore;
  paths: { jobs: string };
}

/** The hidden file beside its destination that a killed worker was writing; named as in media/clip.py. */
export async function discardPart({ id, out }: Pick<Job, 'id' | 'out'>): Promise<void> {
  const name = createHash('sha256').update(id).digest('hex').slice(0, 16);
  await rm(join(dirname(out), `.reelwright-${name}.part.mp4`), { force: true });
}

/** Removes what a job kept on disk. Windows lets go of files a moment after a process ends, hence the tries. */
export async function discardKept(folder: string, id: string): Promise<void> {
  await rm(join(folder, id), { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
}

/** Forgets jobs that were taken out before a time, and what they had kept. */
export async function forgetRemoved({ jobs, paths }: Parts, before: number): Promise<void> {
  // At once, so that none of them comes back while its files go.
  for (const job of jobs.forgetRemoved(before)) {
    await discardKept(paths.jobs, job.id);
    await discardPart(job);
  }
}

/** What finished clips left, where a kill or a program that held a file came between. */
export async function tidyKept({ jobs, paths }: Parts): Promise<void> {
  const names = await readdir(paths.jobs).catch(() => []);
  for (const id of jobs.doneAmong(names)) await discardKept(paths.jobs, id);
}

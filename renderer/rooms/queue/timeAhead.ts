import type { Clip } from '../../../contract/clip.ts';
import type { Live } from '../../../contract/engine.ts';
import type { Job } from '../../../contract/job.ts';
import type { Kept } from '../../../contract/worker.ts';
import { expectedSeconds, wholeSeconds } from '../create/expected.ts';

/** What a job will take, from the newest clips of the same model and shape; null when there is none. */
export function secondsOf(job: Job, clips: readonly Clip[]): number | null {
  const steps = job.settings.steps - stepsKept(job);
  const known = expectedSeconds(clips, { ...job.settings, model: job.model, steps });
  return known === null ? null : wholeSeconds(known);
}

function stepsKept(job: Job): number {
  const kept: Kept = 'kept' in job.state ? job.state.kept : { kind: 'nothing' };
  if (kept.kind === 'latents') return job.settings.steps;
  return kept.kind === 'checkpoint' ? kept.step : 0;
}

/** Seconds until the queue is empty; `atLeast` when some of it is not known. Null when nothing is. */
export function timeAhead(
  running: readonly Job[],
  queued: readonly Job[],
  live: Live | null,
  clips: readonly Clip[],
): { seconds: number; atLeast: boolean } | null {
  const parts = [
    ...running.map((job) => (live?.jobId === job.id ? live.secondsLeft : null)),
    ...queued.map((job) => secondsOf(job, clips)),
  ];
  const known = parts.filter((seconds) => seconds !== null);
  if (known.length === 0) return null;
  return { seconds: known.reduce((sum, seconds) => sum + seconds, 0), atLeast: known.length < parts.length };
}

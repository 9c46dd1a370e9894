import type { Clip } from '../../../contract/clip.ts';
import type { Live } from '../../../contract/engine.ts';
import type { Job } from '../../../contract/job.ts';
import type { Kept } from '../../../contract/worker.ts';

/** What a job will take, from the newest clip of the same model and shape; null when there is none. */
export function secondsOf(job: Job, clips: readonly Clip[]): number | null {
  const { width, height, frames, steps, guidance } = job.settings;
  const same = clips.find(
    ({ model, settings }) =>
      model === job.model &&
      settings.width === width &&
      settings.height === height &&
      settings.frames === frames &&
      settings.guidance > 1 === guidance > 1,
  );
  const denoising = same?.phaseSeconds.denoising;
  if (same === undefined || denoising === undefined) return null;
  const { loading = 0, encoding = 0, decoding = 0, finishing = 0 } = same.phaseSeconds;
  const left = steps - stepsKept(job);
  return loading + encoding + (denoising / same.settings.steps) * left + decoding + finishing;
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
    ...running.map((job) => (live?.jobId === job.id ? (live.secondsLeft ?? null) : null)),
    ...queued.map((job) => secondsOf(job, clips)),
  ];
  const known = parts.filter((seconds) => seconds !== null);
  if (known.length === 0) return null;
  return { seconds: known.reduce((sum, seconds) => sum + seconds, 0), atLeast: known.length < parts.length };
}

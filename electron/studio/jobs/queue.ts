import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Failure } from '../../../contract/failure.ts';
import { type Job, type JobState, type PauseReason, pauseReasons, resumable } from '../../../contract/job.ts';
import type { Model } from '../../../contract/model.ts';
import type { Plan } from '../../../contract/render.ts';
import type { Kept, Progress, RenderOrder, RenderOutcome } from '../../../contract/worker.ts';
import type { Library } from '../library/index.ts';
import { clipComment } from '../sharing/index.ts';
import { discardKept } from './cancel.ts';
import { type Attempt, nextAttempt } from './recovery.ts';
import { type RenderRequest, requestKey, seeded } from './request.ts';
import type { JobStore } from './store.ts';

/** What the queue needs of the rest of the studio. */
export interface Engine {
  findModel(wanted: string): Promise<Model | null>;
  verifyModel(model: Model): Promise<Failure | null>;
  /** How this job is carried out now: what is free of the machine counts. */
  plan(job: Job, model: Model): Promise<{ kind: 'plan'; plan: Plan } | { kind: 'failed'; failure: Failure }>;
  render(order: RenderOrder, onProgress: (progress: Progress) => void, signal: AbortSignal): Promise<RenderOutcome>;
  /** Mends a Python environment that the worker could not start in. False when that is not possible. */
  repair(signal: AbortSignal): Promise<boolean>;
}

export type JobEvent =
  | { type: 'progress'; job: Job; progress: Progress }
  | { type: 'repairing'; job: Job }
  | { type: 'recovering'; job: Job; attempt: number; failure: Failure };

/** Jobs from the asking to the clip. One runs at a time; the caller holds the engine's lock. */
export class JobQueue {
  readonly #jobs: JobStore;
  readonly #library: Pick<Library, 'add' | 'posterOf'>;
  readonly #engine: Engine;
  readonly #folder: string;

  constructor(jobs: JobStore, library: Pick<Library, 'add' | 'posterOf'>, engine: Engine, folder: string) {
    this.#jobs = jobs;
    this.#library = library;
    this.#engine = engine;
    this.#folder = folder;
  }

  /** A new job; or the newest unfinished one that was asked for in the same words. */
  accept(request: RenderRequest): Job {
    const key = requestKey(request);
    const before = this.#jobs.latestOf(key);
    if (before !== null && resumable(before.state) && !wouldFailAgain(before.state)) {
      const { overwrite, memoryLimit } = request;
      this.#jobs.setAsked(before.id, { overwrite, memoryLimit });
      return { ...before, overwrite, memoryLimit };
    }
    return this.#jobs.add(seeded(request));
  }

  /**
   * Runs a job to its end, over the death of workers. Aborting the signal keeps what is done: a pause for one of
   * `pauseReasons`, a cancellation otherwise. `preview` asks the worker for pictures while it denoises.
   */
  async run(
    job: Job,
    onEvent: (event: JobEvent) => void,
    signal: AbortSignal,
    { preview = false } = {},
  ): Promise<JobState> {
    this.#jobs.clearCancel(job.id);
    const cancel = new AbortController();
    const watch = setInterval(() => {
      try {
        if (this.#jobs.cancelRequested(job.id)) cancel.abort();
      } catch (error) {
        // A disk that is gone for a moment: asked again in the next.
        console.error(error);
      }
    }, 500);
    try {
      const ended = await this.#attempts(job, onEvent, AbortSignal.any([signal, cancel.signal]), preview);
      const reason = pauseReasonOf(signal);
      const state: JobState =
        ended.kind === 'cancelled' && reason !== null ? { kind: 'paused', reason, kept: ended.kept } : ended;
      if (state.kind === 'done') this.#library.add(job, state);
      this.#jobs.setState(job.id, state);
      if (state.kind === 'done') await discardKept(this.#folder, job.id);
      return state;
    } finally {
      clearInterval(watch);
    }
  }

  async #attempts(
    job: Job,
    onEvent: (event: JobEvent) => void,
    signal: AbortSignal,
    preview: boolean,
  ): Promise<JobState> {
    let kept: Kept = this.#jobs.kept(job.id);
    const failed = (failure: Failure): JobState => ({ kind: 'failed', failure, kept });
    this.#jobs.setState(job.id, { kind: 'loading' });
    const model = await this.#engine.findModel(job.model);
    if (model === null) {
      return failed({
        cause: 'bad-weights',
        phase: 'loading',
        file: job.model,
        problem: 'missing',
        detail: 'The model is gone.',
      });
    }
    // Gigabytes are read: a cancellation is not kept waiting for it.
    const damage = await Promise.race([this.#engine.verifyModel(model), whenAborted(signal)]);
    if (damage !== null) return failed(damage);
    if (signal.aborted) return { kind: 'cancelled', kept };

    const folder = join(this.#folder, job.id);
    await mkdir(folder, { recursive: true });
    await mkdir(dirname(this.#library.posterOf(job.id)), { recursive: true });
    const attempts: Attempt[] = [];
    let repaired = false;
    const onProgress = (progress: Progress) => {
      // A phase tells what was found when the render began: news only at its first.
      if (progress.type === 'saved' || (progress.type === 'phase' && progress.phase === 'loading')) {
        kept = progress.kept;
        this.#jobs.setKept(job.id, kept);
      }
      const state = stateOf(progress);
      if (state !== null) this.#jobs.setState(job.id, state);
      onEvent({ type: 'progress', job, progress });
    };
    for (;;) {
      if (signal.aborted) return { kind: 'cancelled', kept };
      const outcome = await this.#render(job, model, { folder, preview }, onProgress, signal);
      if (outcome === null) return { kind: 'cancelled', kept };
      if (outcome.kind === 'done') {
        const { bytes, seconds, phaseSeconds } = outcome;
        const resumed = outcome.kept.kind === 'checkpoint' || outcome.kept.kind === 'latents';
        return { kind: 'done', bytes, seconds, phaseSeconds, ...(resumed ? { resumed } : {}) };
      }
      if (outcome.kind === 'cancelled') return { kind: 'cancelled', kept: outcome.kept };
      if (outcome.failure.cause === 'environment' && !repaired) {
        repaired = true;
        onEvent({ type: 'repairing', job });
        // Cancelled meanwhile, the next turn says so.
        if ((await this.#engine.repair(signal)) || signal.aborted) continue;
      }
      attempts.push({ failure: outcome.failure, kept });
      const next = nextAttempt(attempts);
      if (next.kind === 'give-up') return failed(outcome.failure);
      this.#jobs.setState(job.id, { kind: 'recovering', attempt: next.attempt, failure: outcome.failure });
      onEvent({ type: 'recovering', job, attempt: next.attempt, failure: outcome.failure });
    }
  }

  async #render(
    job: Job,
    model: Model,
    { folder, preview }: { folder: string; preview: boolean },
    onProgress: (progress: Progress) => void,
    signal: AbortSignal,
  ): Promise<RenderOutcome | null> {
    // A worker may take long to start: a cancellation is not kept waiting for it.
    const planned = await Promise.race([this.#engine.plan(job, model), whenAborted(signal)]);
    if (planned === null) return null;
    if (planned.kind === 'failed') return planned;
    const order: RenderOrder = {
      jobId: job.id,
      folder,
      // Beside the jobs' own folders; whoever throws it away loses nothing but time.
      cache: join(dirname(this.#folder), 'cache'),
      model: { folder: model.folder, family: model.family, task: model.task },
      settings: job.settings,
      plan: planned.plan,
      out: job.out,
      overwrite: job.overwrite,
      metadata: clipComment(job, model),
      poster: this.#library.posterOf(job.id),
      acceptFrames: false,
      preview,
    };
    return this.#engine.render(order, onProgress, signal);
  }
}

/** The same seed gives the same broken frames: asked for again, the job begins anew. */
const wouldFailAgain = (state: JobState) => state.kind === 'failed' && state.failure.cause === 'bad-frames';

function pauseReasonOf(signal: AbortSignal): PauseReason | null {
  return signal.aborted ? (pauseReasons.find((reason) => reason === signal.reason) ?? null) : null;
}

function whenAborted(signal: AbortSignal): Promise<null> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(null);
    signal.addEventListener('abort', () => resolve(null), { once: true });
  });
}

function stateOf(progress: Progress): JobState | null {
  if (progress.type === 'step') return { kind: progress.phase, step: progress.step, of: progress.of };
  if (progress.type !== 'phase') return null;
  if (progress.phase === 'denoising' || progress.phase === 'decoding') return null; // The first step says how many.
  return { kind: progress.phase };
}

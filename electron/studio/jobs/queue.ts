import type { Failure } from '../../../contract/failure.ts';
import { type Job, type JobState, type PauseReason, pauseReasons, resumable } from '../../../contract/job.ts';
import type { Model } from '../../../contract/model.ts';
import type { Attempt, Recovery, RecoveryPolicy } from '../../../contract/recovery.ts';
import type { Plan } from '../../../contract/render.ts';
import type { Shortcut } from '../../../contract/shortcut.ts';
import type { Progress, RenderOrder, RenderOutcome } from '../../../contract/worker.ts';
import type { Library } from '../library/index.ts';
import type { Situation } from '../recovery/index.ts';
import type { DataPaths } from '../storage/paths.ts';
import { Countdown, type Decision } from './countdown.ts';
import { JobRun } from './jobRun.ts';
import { discardKept } from './kept.ts';
import { takeUp } from './recover.ts';
import { type RenderRequest, requestKey, seeded } from './request.ts';
import type { JobStore } from './store.ts';

/** What the queue needs of the rest of the studio. */
export interface Engine {
  findModel(wanted: string): Promise<Model | null>;
  verifyModel(model: Model): Promise<Failure | null>;
  /** How this job is carried out now: what is free of the machine counts. `begun`: steps of it are kept. */
  plan(
    job: Job,
    model: Model,
    begun: { shortcut: Shortcut | null } | null,
  ): Promise<{ kind: 'plan'; plan: Plan } | { kind: 'failed'; failure: Failure }>;
  /** `slow`: it is let go on however slow the card becomes, as was decided. */
  render(
    order: RenderOrder,
    onProgress: (progress: Progress) => void,
    signal: AbortSignal,
    slow: boolean,
  ): Promise<RenderOutcome>;
  /** What else could be done, now that this plan has failed. */
  after(job: Job, model: Model, failed: Pick<Attempt, 'failure' | 'kept'> & { plan: Plan }): Promise<Alternatives>;
  /** From now on renders are made by a worker that has made none. */
  fresh(): Promise<void>;
  /** Mends a Python environment that the worker could not start in. False when that is not possible. */
  repair(signal: AbortSignal): Promise<boolean>;
}

/** Where jobs keep what is done, and where the worker keeps what saves time. */
export type Folders = Pick<DataPaths, 'jobs' | 'cache'>;

export type Alternatives = Pick<Situation, 'alternatives' | 'offered' | 'remedies' | 'again' | 'used'>;

export interface RunOptions {
  /** Asks the worker for pictures while it denoises. */
  preview?: boolean;
  /**
   * Who decides about failures that can be recovered from; asked at each of them. `never`: nothing is done about any.
   * Else nobody: it is done at once.
   */
  policy?: () => RecoveryPolicy | 'never';
}

export type JobEvent =
  | { type: 'progress'; job: Job; progress: Progress }
  | { type: 'repairing'; job: Job }
  /** Goes on in this way; where there is `beginsAt` then, unless somebody decides otherwise before. */
  | { type: 'recovering'; job: Job; attempt: number; failure: Failure; recovery: Recovery; beginsAt: number | null };

/** Jobs from the asking to the clip. One runs at a time; the caller holds the engine's lock. */
export class JobQueue {
  readonly #jobs: JobStore;
  readonly #library: Pick<Library, 'add' | 'posterOf'>;
  readonly #engine: Engine;
  readonly #folders: Folders;
  readonly #now: () => number;
  readonly #countdown = new Countdown();

  constructor(
    jobs: JobStore,
    library: Pick<Library, 'add' | 'posterOf'>,
    engine: Engine,
    folders: Folders,
    now = Date.now,
  ) {
    this.#jobs = jobs;
    this.#library = library;
    this.#engine = engine;
    this.#folders = folders;
    this.#now = now;
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
   * `pauseReasons`, a cancellation otherwise.
   */
  async run(
    job: Job,
    onEvent: (event: JobEvent) => void,
    signal: AbortSignal,
    options: RunOptions = {},
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
      // Asked for once more, as it stands.
      if (job.state.kind === 'failed') takeUp(this.#jobs, job);
      const parts = {
        ...{ jobs: this.#jobs, library: this.#library, engine: this.#engine, folders: this.#folders },
        ...{ countdown: this.#countdown, now: this.#now },
      };
      const run = new JobRun(parts, job, onEvent, AbortSignal.any([signal, cancel.signal]), options);
      const ended = await run.toItsEnd();
      const reason = pauseReasonOf(signal);
      const state: JobState =
        ended.kind === 'cancelled' && reason !== null ? { kind: 'paused', reason, kept: ended.kept } : ended;
      if (state.kind === 'done') this.#library.add(job, state);
      this.#jobs.setState(job.id, state, run.history);
      if (state.kind === 'done') await this.#discard(job.id);
      return state;
    } finally {
      clearInterval(watch);
    }
  }

  /** The clip is there, whatever still holds a file of what led to it: the next start tries again. */
  async #discard(id: string): Promise<void> {
    await discardKept(this.#folders.jobs, id).catch((error: unknown) => console.error(error));
  }

  /** About a failure that is waited with. False when there is none of this job. */
  decide(id: string, decision: Decision): boolean {
    return this.#countdown.decide(id, decision);
  }
}

/** The same seed gives the same broken frames: asked for again, the job begins anew, unless there is another way. */
const wouldFailAgain = (state: JobState) =>
  state.kind === 'failed' && state.failure.cause === 'bad-frames' && state.next?.kind !== 'recover';

function pauseReasonOf(signal: AbortSignal): PauseReason | null {
  return signal.aborted ? (pauseReasons.find((reason) => reason === signal.reason) ?? null) : null;
}

import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Failure } from '../../../contract/failure.ts';
import type { Job, JobState } from '../../../contract/job.ts';
import type { Model } from '../../../contract/model.ts';
import {
  type Attempt,
  countdownMs,
  type NextAttempt,
  type Recovery,
  type RecoveryPolicy,
} from '../../../contract/recovery.ts';
import type { Plan } from '../../../contract/render.ts';
import { type Shortcut, shortcutOf } from '../../../contract/shortcut.ts';
import type { Kept, Progress, RenderOutcome } from '../../../contract/worker.ts';
import type { Library } from '../library/index.ts';
import { nextAttempt } from '../recovery/index.ts';
import { clipComment } from '../sharing/index.ts';
import { answered, notesOf, wayOf, withAttempt } from './attempts.ts';
import { type Countdown, choosingMs } from './countdown.ts';
import { discardKept } from './kept.ts';
import type { Alternatives, Engine, Folders, JobEvent, RunOptions } from './queue.ts';
import type { JobStore } from './store.ts';

export interface JobRunParts {
  jobs: JobStore;
  library: Pick<Library, 'posterOf'>;
  engine: Engine;
  folders: Folders;
  countdown: Countdown;
  now: () => number;
}

const nothingElse: Alternatives = { alternatives: [], offered: [], remedies: [] };

/** One job, attempt after attempt, to its end. */
export class JobRun {
  readonly #parts: JobRunParts;
  readonly #job: Job;
  readonly #onEvent: (event: JobEvent) => void;
  readonly #signal: AbortSignal;
  readonly #options: RunOptions;
  #kept: Kept;
  #history: readonly Attempt[];
  /** When what is kept was saved. */
  #safeAt = 0;

  constructor(
    parts: JobRunParts,
    job: Job,
    onEvent: (event: JobEvent) => void,
    signal: AbortSignal,
    options: RunOptions,
  ) {
    this.#parts = parts;
    this.#job = job;
    this.#onEvent = onEvent;
    this.#signal = signal;
    this.#options = options;
    this.#kept = parts.jobs.kept(job.id);
    this.#history = parts.jobs.attempts(job.id);
  }

  /** Failures that were met, those of earlier runs among them. */
  get history(): readonly Attempt[] {
    return this.#history;
  }

  async toItsEnd(): Promise<JobState> {
    const { jobs, engine } = this.#parts;
    const job = this.#job;
    jobs.setState(job.id, { kind: 'loading' });
    const model = await engine.findModel(job.model);
    if (model === null) {
      const detail = 'The model is gone.';
      const failure = { cause: 'bad-weights', phase: 'loading', file: job.model, problem: 'missing', detail } as const;
      return this.#failed(failure);
    }
    // Gigabytes are read: a cancellation is not kept waiting for it.
    const damage = await this.#unlessAborted(engine.verifyModel(model));
    if (damage !== null) return this.#failed(damage);
    let repaired = false;
    for (;;) {
      if (this.#signal.aborted) return { kind: 'cancelled', kept: this.#kept };
      const { plan, outcome } = await this.#attempt(model);
      if (outcome === null) continue;
      if (outcome.kind === 'done') return this.#done(outcome, plan);
      if (outcome.kind === 'cancelled') return { kind: 'cancelled', kept: outcome.kept };
      const { failure } = outcome;
      if (failure.cause === 'environment' && !repaired) {
        repaired = true;
        this.#onEvent({ type: 'repairing', job });
        // Cancelled meanwhile, the next turn says so.
        if ((await engine.repair(this.#signal)) || this.#signal.aborted) continue;
      }
      const next = await this.#after(model, plan, failure);
      const end = next === null ? null : await this.#answer(next, plan, failure);
      if (end !== null) return end;
    }
  }

  /** One render; without an outcome when it was aborted before it began. */
  async #attempt(model: Model): Promise<{ plan: Plan | null; outcome: RenderOutcome | null }> {
    const { engine, folders, library, jobs } = this.#parts;
    const job = this.#job;
    const way = wayOf(this.#history);
    const folder = join(folders.jobs, job.id);
    // Another picture than the one that was asked for first: what is left there does not belong to it.
    if (this.#kept.kind === 'nothing' && this.#history.at(-1)?.recovery?.changesPicture)
      await discardKept(folders.jobs, job.id);
    await mkdir(folder, { recursive: true });
    const poster = library.posterOf(job.id);
    await mkdir(dirname(poster), { recursive: true });
    if (way.fresh) await this.#unlessAborted(engine.fresh());
    // A worker may take long to start: a cancellation is not kept waiting for it.
    const planned = this.#signal.aborted ? null : await this.#unlessAborted(engine.plan(job, model, this.#begun()));
    if (planned === null) return { plan: null, outcome: null };
    if (planned.kind === 'failed') return { plan: null, outcome: planned };
    // The card of another day may be gone.
    const plan = way.plan?.device === planned.plan.device ? way.plan : planned.plan;
    const shortcut = shortcutOf(plan);
    jobs.setBegunWith(job.id, shortcut);
    this.#safeAt = performance.now();
    const order = {
      jobId: job.id,
      folder,
      cache: folders.cache,
      model: { folder: model.folder, family: model.family, task: model.task },
      settings: job.settings,
      plan,
      out: job.out,
      overwrite: job.overwrite,
      metadata: clipComment(job, model, { recoveries: notesOf(this.#history), shortcut }),
      poster,
      acceptFrames: way.acceptFrames,
      preview: this.#options.preview ?? false,
    };
    const hear = (progress: Progress) => this.#hear(progress);
    return { plan, outcome: await engine.render(order, hear, this.#signal, way.acceptSlow) };
  }

  /** What is kept of a picture is of use to no other; null where there is nothing of one yet. */
  #begun(): { shortcut: Shortcut | null } | null {
    const { kind } = this.#kept;
    if (kind !== 'checkpoint' && kind !== 'latents') return null;
    return { shortcut: this.#parts.jobs.begunWith(this.#job.id) };
  }

  #hear(progress: Progress): void {
    const { jobs } = this.#parts;
    const { id } = this.#job;
    // A phase tells what was found when the render began: news only at its first.
    if (progress.type === 'saved' || (progress.type === 'phase' && progress.phase === 'loading')) {
      this.#kept = progress.kept;
      this.#safeAt = performance.now();
      jobs.setKept(id, progress.kept);
    }
    const state = stateOf(progress);
    if (state !== null) jobs.setState(id, state);
    this.#onEvent({ type: 'progress', job: this.#job, progress });
  }

  /** What could be done now; null when it was aborted meanwhile. */
  async #after(model: Model, plan: Plan | null, failure: Failure): Promise<NextAttempt | null> {
    const kept = this.#kept;
    const spent = plan === null ? null : { seconds: (performance.now() - this.#safeAt) / 1000 };
    const known = plan === null ? nothingElse : await this.#unlessAborted(this.#known(model, { plan, failure, kept }));
    return known && nextAttempt({ failure, plan, kept, history: this.#history, spent, ...known });
  }

  /** Whatever is wrong with the machine now: the render's own failure is what people are told. */
  async #known(model: Model, failed: Parameters<Engine['after']>[2]): Promise<Alternatives> {
    try {
      return await this.#parts.engine.after(this.#job, model, failed);
    } catch (error) {
      console.error(error);
      return nothingElse;
    }
  }

  /** Does it, once whoever has a say in it had their time; or the state in which the job ends. */
  async #answer(next: NextAttempt, plan: Plan | null, failure: Failure): Promise<JobState | null> {
    const policy = this.#options.policy?.() ?? 'at-once';
    const recovery = next.kind === 'recover' && isDone(next.recovery, policy) ? next.recovery : null;
    this.#history = withAttempt(this.#history, { at: this.#parts.now(), failure, plan, kept: this.#kept, recovery });
    if (recovery === null) return this.#failed(failure, next);
    const waits = policy === 'countdown' && isWorthAsking(recovery);
    if (!waits) {
      this.#recovering(failure, recovery, next.others, null);
      return null;
    }
    const decision = await this.#decision(failure, recovery, next.others);
    // Paused or cancelled: it goes on in this way when it goes on.
    if (decision === null) return null;
    this.#history = answered(this.#history, decision.kind === 'hold' ? null : decision.recovery);
    if (decision.kind === 'hold') return this.#failed(failure, next);
    if (decision.recovery.changesPicture) {
      this.#kept = decision.recovery.keeps;
      this.#parts.jobs.setKept(this.#job.id, this.#kept);
    }
    this.#recovering(failure, decision.recovery, next.others, null);
    return null;
  }

  /** What is decided in time; null when it was aborted before. */
  async #decision(failure: Failure, recovery: Recovery, others: Recovery[]) {
    const { countdown, now } = this.#parts;
    let choosing = false;
    for (;;) {
      const ms = choosing ? choosingMs + countdownMs : countdownMs;
      this.#recovering(failure, recovery, others, { beginsAt: now() + ms, choosing });
      const decision = await countdown.wait(this.#job.id, recovery, ms, this.#signal);
      if (decision?.kind !== 'wait') return decision;
      choosing = decision.choosing;
    }
  }

  /** `waits`: null when it begins now. */
  #recovering(
    failure: Failure,
    recovery: Recovery,
    others: Recovery[],
    waits: { beginsAt: number; choosing: boolean } | null,
  ): void {
    const { jobs } = this.#parts;
    const attempt = this.#history.length + 1;
    const shown = { kind: 'recovering', attempt, failure, recovery, others } as const;
    const counts = waits && { beginsAt: waits.beginsAt, ...(waits.choosing ? { choosing: true as const } : {}) };
    jobs.setState(this.#job.id, { ...shown, ...counts }, this.#history);
    const beginsAt = waits?.beginsAt ?? null;
    this.#onEvent({ type: 'recovering', job: this.#job, attempt, failure, recovery, beginsAt });
  }

  #done(outcome: Extract<RenderOutcome, { kind: 'done' }>, plan: Plan | null): JobState {
    const { bytes, seconds, phaseSeconds } = outcome;
    const resumed = outcome.kept.kind === 'checkpoint' || outcome.kept.kind === 'latents';
    const recoveries = notesOf(this.#history);
    const shortcut = plan && shortcutOf(plan);
    return {
      ...{ kind: 'done', bytes, seconds, phaseSeconds },
      ...(resumed ? { resumed } : {}),
      ...(recoveries.length > 0 ? { recoveries } : {}),
      ...(shortcut === null ? {} : { shortcut }),
    };
  }

  #failed(failure: Failure, next?: NextAttempt): JobState {
    return { kind: 'failed', failure, kept: this.#kept, ...(next === undefined ? {} : { next }) };
  }

  #unlessAborted<Value>(work: Promise<Value>): Promise<Value | null> {
    return Promise.race([work, whenAborted(this.#signal)]);
  }
}

/** The same plan once more takes nothing away from anybody: it needs no time to think. */
const isWorthAsking = ({ rung }: Recovery) => rung.kind === 'replan' || rung.kind === 'accept';

/** Nobody has to ask for it first. */
const isDone = (recovery: Recovery, policy: RecoveryPolicy | 'never') =>
  policy !== 'never' && (policy !== 'ask' || !isWorthAsking(recovery));

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

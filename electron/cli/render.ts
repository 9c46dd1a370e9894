import type { CommandEvent, ExitCode } from '../../contract/command.ts';
import { exitCodes } from '../../contract/command.ts';
import type { Failure } from '../../contract/failure.ts';
import type { Job, JobState } from '../../contract/job.ts';
import type { Model } from '../../contract/model.ts';
import type { Progress } from '../../contract/worker.ts';
import type { StartedEngine } from '../studio/engine.ts';
import type { SetupProgress } from '../studio/environment/index.ts';
import {
  type JobEvent,
  type JobQueue,
  keptSentence,
  recoverFailed,
  type StepTaken,
  timeLeft,
  withStep,
} from '../studio/jobs/index.ts';
import type { Studio } from '../studio/studio.ts';
import { duration, type Output, phaseWords } from './output.ts';
import {
  askChoice,
  failedSentence,
  nextSentence,
  type Recovering,
  recoveriesSentence,
  waySentence,
} from './recover.ts';
import { notTaken } from './shortcut.ts';

/** What the engine is asked for: the job to run, or the reason why there is none. */
export type Chosen = { kind: 'job'; job: Job } | { kind: 'wrong'; sentence: string };

/** The engine, set up if need be; or the exit code, once it was said why there is none. */
export async function engineFor(
  studio: Studio,
  output: Output,
  signal: AbortSignal,
): Promise<StartedEngine | ExitCode> {
  const engine = await studio.startEngine((progress) => output.event(setupEvent(progress)), signal);
  switch (engine.kind) {
    case 'started':
      return engine;
    case 'busy':
      return refuse(
        output,
        'busy',
        `Another Reelwright is open in ${studio.paths.home}. Wait until it is done, or close it; or give this one a folder of its own with --home.`,
        exitCodes.notOnThisMachine,
      );
    case 'cancelled':
      return refuseCancelled(output);
    case 'impossible':
      return refuse(output, engine.cause, engine.sentence, exitCodes.notOnThisMachine);
  }
}

/** Sets up, runs one job to its end and says what happens on the way. */
export async function renderJob(
  studio: Studio,
  output: Output,
  choose: (queue: JobQueue) => Chosen | Promise<Chosen>,
  recovering: Recovering,
  signal: AbortSignal,
): Promise<ExitCode> {
  const engine = await engineFor(studio, output, signal);
  if (typeof engine === 'number') return engine;
  try {
    const chosen = await choose(engine.queue);
    if (chosen.kind === 'wrong') return refuse(output, 'wrong-arguments', chosen.sentence, exitCodes.wrongArguments);
    output.event({
      type: 'phase',
      phase: 'starting',
      job: chosen.job.id,
      sentence: 'Starting the engine',
      detail: null,
    });
    const found = await studio.findModel(chosen.job.model);
    const reporter = new Reporter(output, studio, chosen.job, found?.kind === 'model' ? found.model : null);
    const policy = () => (recovering.kind === 'auto' ? 'at-once' : recovering.kind);
    const stopping = () => reporter.stopping();
    const run = (job: Job) => {
      signal.addEventListener('abort', stopping, { once: true });
      return engine.queue
        .run(job, (event) => reporter.report(event), signal, { policy })
        .finally(() => signal.removeEventListener('abort', stopping));
    };
    let state = await run(chosen.job);
    while (state.kind === 'failed' && recovering.kind === 'ask') {
      const choice = await askChoice(state, chosen.job.settings.height, recovering.prompt);
      if (choice.kind === 'leave') break;
      const { job } = chosen;
      recoverFailed(studio.jobs, { ...job, state }, choice.choice);
      state = await run(studio.jobs.get(job.id) ?? job);
    }
    return finish(output, chosen.job, state);
  } finally {
    await engine.stop();
  }
}

export function refuse(output: Output, cause: string, sentence: string, code: ExitCode): ExitCode {
  output.event({ type: 'error', job: null, cause, phase: null, sentence, failure: null });
  return code;
}

/** What was got so far is kept: the next set-up goes on from it. */
export const refuseCancelled = (output: Output): ExitCode =>
  refuse(output, 'cancelled', 'Cancelled during the set-up. The next start goes on from there.', exitCodes.cancelled);

export function setupEvent(progress: SetupProgress): CommandEvent {
  return { type: 'phase', phase: 'setup', job: null, sentence: progress.sentence, detail: setupDetail(progress) };
}

function setupDetail(progress: SetupProgress): string | null {
  if (progress.phase === 'waiting') return null;
  const expected = `about ${duration(progress.expectedSeconds)}`;
  if (progress.phase !== 'packages') return progress.expectedSeconds < 5 ? null : expected;
  const gigabytes = (bytes: number) => (bytes / 1e9).toFixed(1);
  return `${gigabytes(progress.doneBytes)} of ${gigabytes(progress.totalBytes)} GB, ${expected}, once`;
}

/** Turns what happens to a job into what a person or a program is told. */
class Reporter {
  readonly #output: Output;
  readonly #job: Job;
  readonly #before: ReturnType<Studio['jobs']['phaseSecondsBefore']>;
  readonly #model: Model | null;
  #recent: StepTaken[] = [];
  #finishing = false;

  constructor(output: Output, studio: Studio, job: Job, model: Model | null) {
    this.#output = output;
    this.#job = job;
    this.#model = model;
    this.#before = studio.jobs.phaseSecondsBefore(job);
  }

  report(event: JobEvent): void {
    if (event.type === 'recovering') {
      const { attempt, recovery, failure } = event;
      const { id: job, settings } = this.#job;
      const told = failedSentence(failure);
      this.#output.event({ type: 'failure', job, cause: failure.cause, phase: failure.phase, sentence: told, failure });
      const sentence = `Recovering: ${waySentence(recovery, settings.height)}`;
      return this.#output.event({ type: 'recovery', job, attempt, sentence, recovery });
    }
    if (event.type === 'repairing') {
      const sentence = 'The Python environment is damaged. Repairing it.';
      return this.#output.event({ type: 'warning', cause: 'environment', sentence });
    }
    const { progress } = event;
    switch (progress.type) {
      case 'phase': {
        this.#recent = [];
        this.#finishing = progress.phase === 'finishing';
        const job = this.#job.id;
        return this.#output.event({ type: 'phase', phase: progress.phase, job, ...this.#phase(progress) });
      }
      case 'step': {
        this.#recent = withStep(this.#recent, progress);
        const { phase, step, of, seconds, cached } = progress;
        const secondsLeft = timeLeft({ phase, step, of, recent: this.#recent, before: this.#before });
        return this.#output.event({ type: 'step', phase, step, of, seconds, cached: cached ?? false, secondsLeft });
      }
      case 'prompt-cut': {
        const which = progress.field === 'prompt' ? 'prompt' : 'negative prompt';
        const sentence = `The ${which} is longer than the ${progress.limit} word pieces that this model reads. Left out: "${progress.cut}".`;
        return this.#output.event({ type: 'warning', cause: 'prompt-cut', sentence });
      }
      case 'saved':
        return;
    }
  }

  /** It was asked to, and a step may take minutes. What has all its frames is written whatever is asked for. */
  stopping(): void {
    const sentence = this.#finishing
      ? 'The clip is almost done. It is finished first.'
      : 'Stopping at the next step. What is done is kept.';
    this.#output.event({ type: 'warning', cause: 'stopping', sentence });
  }

  /** Loading says which model it is and what to expect of it, and what an earlier try has left to do. */
  #phase({ phase, kept }: Extract<Progress, { type: 'phase' }>): { sentence: string; detail: string | null } {
    if (phase !== 'loading') return { sentence: phaseWords[phase], detail: null };
    const found = kept.kind === 'nothing' ? '' : ` ${keptSentence(kept)}`;
    return { sentence: `Loading ${this.#model?.name ?? 'the model'}.${found}`, detail: this.#model?.note ?? null };
  }
}

function finish(output: Output, job: Job, state: JobState): ExitCode {
  const { settings } = job;
  switch (state.kind) {
    case 'done': {
      const { width, height, frames, fps, seed } = settings;
      const { seconds, phaseSeconds, recoveries, shortcut = null } = state;
      if (recoveries !== undefined)
        output.event({ type: 'recovered', job: job.id, sentence: recoveriesSentence(recoveries, height), recoveries });
      const sentence = notTaken(job, state);
      if (sentence !== null) output.event({ type: 'warning', cause: 'shortcut', sentence });
      output.event({
        type: 'done',
        job: job.id,
        file: job.out,
        seconds,
        width,
        height,
        frames,
        fps,
        seed,
        phaseSeconds,
        shortcut,
      });
      return exitCodes.done;
    }
    case 'cancelled': {
      const sentence = `Cancelled. ${keptSentence(state.kept)} ${goOn(job)}`;
      output.event({ type: 'error', job: job.id, cause: 'cancelled', phase: null, sentence, failure: null });
      return exitCodes.cancelled;
    }
    case 'failed': {
      const { failure, kept, next } = state;
      const { cause, phase } = failure;
      // Where its folder is there again, the same command goes on, too.
      const awaited = cause === 'not-writable' && !failure.exists;
      const goesOn =
        next?.kind === 'recover' || awaited || (exitOf(failure) === exitCodes.failed && cause !== 'bad-frames');
      const words = [
        ...[failedSentence(failure), nextSentence(next, settings.height)],
        ...(goesOn && kept.kind !== 'nothing' ? [keptSentence(kept)] : []),
        ...(next?.kind === 'recover' || (goesOn && kept.kind !== 'nothing') ? [goOn(job)] : []),
      ];
      const sentence = words.filter(Boolean).join(' ');
      output.event({
        ...{ type: 'error', job: job.id, cause, phase, sentence, failure },
        ...(next === undefined ? {} : { next }),
      });
      return exitOf(failure);
    }
    default:
      throw new Error(`A job that has ended cannot be ${state.kind}.`);
  }
}

const goOn = ({ id }: Job) => `Go on with: npm start -- jobs resume ${id}`;

function exitOf(failure: Failure): ExitCode {
  switch (failure.cause) {
    case 'bad-input':
    case 'not-writable':
      return exitCodes.wrongArguments;
    case 'environment':
      return exitCodes.notOnThisMachine;
    default:
      return exitCodes.failed;
  }
}

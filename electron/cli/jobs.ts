import type { ExitCode } from '../../contract/command.ts';
import { exitCodes } from '../../contract/command.ts';
import { type Job, type JobState, type PauseReason, resumable } from '../../contract/job.ts';
import { failureSentence, keptSentence } from '../studio/jobs/index.ts';
import type { QueuePause } from '../studio/settings/index.ts';
import type { Studio } from '../studio/studio.ts';
import type { JobsCommand } from './arguments.ts';
import { duration, type Output, phaseWords } from './output.ts';
import {
  nextSentence,
  nobodyToAsk,
  type Recovering,
  recoveriesSentence,
  recoveringBy,
  triedSentence,
} from './recover.ts';
import { refuse, renderJob } from './render.ts';
import { withShortcut } from './shortcut.ts';
import type { Prompt } from './terminal.ts';

export async function jobs(
  command: JobsCommand,
  studio: Studio,
  output: Output,
  prompt: Prompt | null,
  signal: AbortSignal,
): Promise<ExitCode> {
  switch (command.action) {
    case 'list': {
      studio.settle();
      const list = studio.jobs.list();
      const pause = studio.remembered.queuePause;
      const text = [list.map(describe).join('\n') || 'No jobs yet.', ...pauseSentence(pause)].join('\n\n');
      output.result(text, { jobs: list, queue: { paused: pause !== null, because: pause?.because ?? null } });
      return exitCodes.done;
    }
    case 'resume': {
      const recovering = recoveringBy(command.recover, prompt);
      if (recovering === null) return refuse(output, 'wrong-arguments', nobodyToAsk, exitCodes.wrongArguments);
      return resume(command.id, studio, output, recovering, signal);
    }
    case 'cancel':
      return cancel(command.id, studio, output);
  }
}

function resume(
  id: string | null,
  studio: Studio,
  output: Output,
  recovering: Recovering,
  signal: AbortSignal,
): Promise<ExitCode> {
  return renderJob(
    studio,
    output,
    () => {
      // Looked up once the engine is ours: only then is it known which jobs were cut off.
      const job =
        id === null ? studio.jobs.list().find(({ state }) => resumable(state) && !givenUp(state)) : studio.jobs.get(id);
      if (!job) return { kind: 'wrong', sentence: id === null ? 'There is no job to resume.' : noSuchJob(id) };
      if (!resumable(job.state))
        return { kind: 'wrong', sentence: `Job ${job.id} is ${job.state.kind}: there is nothing to resume.` };
      return { kind: 'job', job };
    },
    recovering,
    signal,
  );
}

async function cancel(id: string, studio: Studio, output: Output): Promise<ExitCode> {
  const job = studio.jobs.get(id);
  if (job === null) return refuse(output, 'wrong-arguments', noSuchJob(id), exitCodes.wrongArguments);
  const answer = await studio.cancel(job);
  const sentences = {
    asked:
      job.state.kind === 'finishing'
        ? `Job ${id} is almost done: its clip is finished all the same.`
        : `Job ${id} is asked to stop. It does so at its next step, and keeps what is done.`,
    cancelled: `Job ${id} is cancelled, and its unfinished work is removed.`,
    ended: `Job ${id} has already ended.`,
  };
  output.result(sentences[answer], { job: id, answer });
  return exitCodes.done;
}

/** A job that was cancelled and kept nothing is resumed when it is named, not by chance. */
const givenUp = (state: JobState) => state.kind === 'cancelled' && state.kept.kind === 'nothing';

const noSuchJob = (id: string) => `There is no job "${id}". "npm start -- jobs" lists them.`;

function pauseSentence(pause: QueuePause | null): string[] {
  if (pause === null) return [];
  const { because } = pause;
  return because === null
    ? ['The queue is paused.']
    : [`The queue has paused itself. ${failureSentence(because)} Then go on with it in the studio.`];
}

function describe(job: Job): string {
  const made = new Date(job.createdAt).toLocaleString(undefined, { dateStyle: 'short', timeStyle: 'short' });
  const prompt = job.settings.prompt.length > 48 ? `${job.settings.prompt.slice(0, 47)}…` : job.settings.prompt;
  return `${job.id}  ${made}  ${stateWords(job).padEnd(20)}  ${prompt}`;
}

const pauseWords: Record<PauseReason, string> = {
  asked: 'paused',
  queue: 'paused with the queue',
  interrupted: 'interrupted',
};

function stateWords({ state, recoveries = [], settings: { height } }: Job): string {
  switch (state.kind) {
    case 'queued':
      return 'waiting';
    case 'denoising':
    case 'decoding':
      return `${phaseWords[state.kind].toLowerCase()} ${state.step}/${state.of}`;
    case 'loading':
    case 'encoding':
    case 'finishing':
      return phaseWords[state.kind].toLowerCase();
    case 'recovering':
      return `recovering, try ${state.attempt}`;
    case 'paused':
      return pauseWords[state.reason];
    case 'cancelled':
      return state.kept.kind === 'nothing' ? 'cancelled' : `cancelled; ${keptSentence(state.kept)}`;
    case 'failed':
      return `failed: ${[failureSentence(state.failure), triedSentence(recoveries, height), nextSentence(state.next, height)].filter(Boolean).join(' ')}`;
    case 'done':
      return [
        `done in ${duration(state.seconds)}${withShortcut(state.shortcut)}`,
        ...(state.recoveries === undefined ? [] : [recoveriesSentence(state.recoveries, height)]),
      ].join('. ');
  }
}

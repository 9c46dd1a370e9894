import type { Failure, Holder } from '../../contract/failure.ts';
import type { JobState } from '../../contract/job.ts';
import type { Recovery, RecoveryNote } from '../../contract/recovery.ts';
import { shortageOf } from '../../contract/shortage.ts';
import { failureSentence } from '../studio/jobs/index.ts';
import { endSentence, noteSentence, recoverySentence } from '../studio/recovery/index.ts';
import { gb, phaseWords } from './output.ts';
import { remedyText } from './remedy.ts';
import type { Prompt } from './terminal.ts';

type Failed = Extract<JobState, { kind: 'failed' }>;

/** Who decides about a failure that can be recovered from. */
export type Recovering = { kind: 'auto' } | { kind: 'never' } | { kind: 'ask'; prompt: Prompt };

/** Null where somebody should be asked, and nobody can answer. */
export function recoveringBy(wish: Recovering['kind'], prompt: Prompt | null): Recovering | null {
  if (wish !== 'ask') return { kind: wish };
  return prompt === null ? null : { kind: 'ask', prompt };
}

export const nobodyToAsk =
  '--recover ask asks at a terminal, and there is none. Choose --recover auto or --recover never.';

/** What is chosen about a failure: as `JobQueue` takes it, null for what is proposed. */
export type Choice = { kind: 'recover'; choice: number | null } | { kind: 'leave' };

/** Asks until the answer is one of those that there are. `height` is the picture's, here and below. */
export async function askChoice({ failure, next }: Failed, height: number, prompt: Prompt): Promise<Choice> {
  const ways = next === undefined ? [] : waysOf(next);
  if (ways.length === 0) return { kind: 'leave' };
  const usual = next?.kind === 'recover' ? ', Enter for 1' : '';
  const lines = ways.map(({ recovery }, at) => `  ${at + 1}  ${waySentence(recovery, height)}`);
  let question = [failedSentence(failure), 'What can be done:', ...lines, `Which of them${usual}, or n for none?`].join(
    '\n',
  );
  for (;;) {
    const answer = await prompt(question);
    if (answer === null || /^no?$/i.test(answer) || (answer === '' && usual === '')) return { kind: 'leave' };
    const way = ways[(answer === '' ? 1 : Number(answer)) - 1];
    if (way !== undefined) return { kind: 'recover', choice: way.choice };
    question = `"${answer}" is none of them. 1 to ${ways.length}${usual}, or n?`;
  }
}

function waysOf(next: NonNullable<Failed['next']>): { recovery: Recovery; choice: number | null }[] {
  const others = next.others.map((recovery, choice) => ({ recovery, choice }));
  return next.kind === 'recover' ? [{ recovery: next.recovery, choice: null }, ...others] : others;
}

/** Of programs that share the card so many are named. */
const named = 3;

/** What happened, with the figures of the window's picture: what was needed, what there was, and who else had some of it. */
export function failedSentence(failure: Failure): string {
  const figures = failure.cause === 'device-memory' ? [shortageText(failure), othersText(failure.others ?? [])] : [];
  return [failureSentence(failure), ...figures].filter(Boolean).join(' ');
}

function shortageText(failure: Extract<Failure, { cause: 'device-memory' }>): string {
  const short = shortageOf(failure);
  if (short === null) return '';
  const what = failure.phase === null ? 'It' : phaseWords[failure.phase];
  const pieces = short.needed <= short.there ? ', but not in one piece' : '';
  return `${what} needed ${gb(short.needed)} of the card where ${gb(short.there)} could be had${pieces}.`;
}

function othersText(others: readonly Holder[]): string {
  const names = others.slice(0, named).map(({ name, bytes }) => (bytes === null ? name : `${name} (${gb(bytes)})`));
  return names.length === 0 ? '' : `Others on it: ${names.join(', ')}.`;
}

/** What can be done, its price, and what it then takes of the memory that ran out. */
export function waySentence(recovery: Recovery, height: number): string {
  const needs = recovery.needs == null ? '' : ` It then needs ${gb(recovery.needs)}.`;
  return `${recoverySentence(recovery, height)}${needs}`;
}

/** What could be done about it, for whoever was not asked; empty where the failure's own sentence says it all. */
export function nextSentence(next: Failed['next'], height: number): string {
  if (next === undefined) return '';
  if (next.kind === 'recover') return `What can be done: ${waySentence(next.recovery, height)}`;
  if (next.reason === 'not-by-trying') return '';
  const remedies = next.remedies.slice(0, 3).map(remedyText);
  const helps = remedies.length === 0 ? '' : ` It would fit with ${remedies.join('; or ')}.`;
  return `${endSentence(next.reason)}${helps}`;
}

/** What was done before a clip failed after all; empty where nothing was. */
export const triedSentence = (notes: readonly RecoveryNote[], height: number): string =>
  notes.length === 0 ? '' : `Tried: ${notes.map((note) => noteSentence(note, height)).join('; ')}.`;

/** What became of a clip's failures. */
export function recoveriesSentence(notes: readonly RecoveryNote[], height: number): string {
  const count = notes.length === 1 ? 'one recovery' : `${notes.length} recoveries`;
  return `Rendered after ${count}: ${notes.map((note) => noteSentence(note, height)).join('; ')}.`;
}

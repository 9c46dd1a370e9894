import { z } from 'zod';
import { Attempt, type RecoveryNote, recoveryNotesLimit } from '../../../contract/recovery.ts';
import type { Plan } from '../../../contract/render.ts';
import { noteOf } from '../recovery/index.ts';

/** What a job remembers of its failures: more than any ladder has rungs. */
const mostAttempts = 40;
/** Of each failure enough for a bug report. */
const longestDetail = 2000;

/** The list with one more, as it is stored: the oldest go where there are very many. */
export function withAttempt(history: readonly Attempt[], attempt: Attempt): Attempt[] {
  const { failure } = attempt;
  const short = { ...attempt, failure: { ...failure, detail: failure.detail.slice(-longestDetail) } };
  return [...history, short].slice(-mostAttempts);
}

/** The same list with another answer to its last failure. */
export const answered = (history: readonly Attempt[], recovery: Attempt['recovery']): Attempt[] =>
  history.map((attempt, at) => (at === history.length - 1 ? { ...attempt, recovery } : attempt));

/** What stays with the clip. */
export const notesOf = (history: readonly Attempt[]): RecoveryNote[] =>
  history.flatMap((attempt) => noteOf(attempt) ?? []).slice(-recoveryNotesLimit);

const Attempts = z.array(Attempt);

/** What a newer studio wrote in other words is no history: the failure is met again, and nothing is lost. */
export const parseAttempts = (text: string | null): Attempt[] =>
  Attempts.safeParse(text === null ? [] : JSON.parse(text)).data ?? [];

/** How the next attempt is made, as the answer to the last failure says. */
export interface Way {
  /** Null: as it is planned anew. */
  plan: Plan | null;
  /** In a worker of its own. */
  fresh: boolean;
  /** Borders and jumps are taken as they are. */
  acceptFrames: boolean;
  /** However slow it becomes, it is let go on. */
  acceptSlow: boolean;
}

export function wayOf(history: readonly Attempt[]): Way {
  const rungs = history.flatMap(({ recovery }) => recovery?.rung ?? []);
  const accepted = {
    acceptFrames: rungs.some((rung) => rung.kind === 'accept' && !rung.slow),
    acceptSlow: rungs.some((rung) => rung.kind === 'accept' && rung.slow),
  };
  const last = history.at(-1);
  if (last === undefined || last.recovery === null) return { plan: null, fresh: false, ...accepted };
  const { rung } = last.recovery;
  return rung.kind === 'replan'
    ? { plan: rung.plan, fresh: rung.fresh, ...accepted }
    : { plan: last.plan, fresh: rung.kind === 'fresh-worker', ...accepted };
}

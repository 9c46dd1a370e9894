import type { Job } from '../../../contract/job.ts';
import type { Remembered } from '../settings/index.ts';

type PauseAfter = NonNullable<Remembered['pauseAfter']>;

/** One night. Whoever opens the studio later has forgotten it, and wonders why the queue stands. */
const validMs = 12 * 3_600_000;

/**
 * What a start makes of it. A clip that goes on is waited for; one that came to its end in the very moment in which the
 * studio did pauses the queue now. A shut-down is never taken up like this: it is for the time in which it was asked for.
 */
export function afterRestart(asked: PauseAfter, job: Job | null, now: number): 'wait' | 'pause' | 'forget' {
  const age = now - asked.at;
  if (job === null || age < 0 || age > validMs) return 'forget';
  const { state } = job;
  if (state.kind === 'done' || state.kind === 'failed' || state.kind === 'cancelled') return 'pause';
  return state.kind === 'paused' && state.reason === 'asked' ? 'forget' : 'wait';
}

import { create } from 'zustand';
import { isRunning, type Job } from '../../../contract/job.ts';
import { countdownMs } from '../../../contract/recovery.ts';
import { useStudio } from '../../app/store.ts';
import { failureWords } from '../../i18n/failure.ts';
import { figures, words } from '../../i18n/index.ts';
import { attemptWords } from '../../i18n/recovery.ts';
import { offerOf } from './offer.ts';

/**
 * What those who listen are told of a job that changed: once when a countdown begins, and when what it counts to
 * does; null for nothing. `now` is ms since 1970.
 */
export function tellingOf(before: Job | null, job: Job, now: number): string | null {
  const [was, is] = [before && offerOf(before.state), offerOf(job.state)];
  if (is === null) {
    // What begins may be over before it is drawn.
    if ((was?.kind === 'countdown' || was?.kind === 'waits') && isRunning(job.state))
      return attemptWords(attemptOf(job, before), was.proposed, job.settings.height);
    if (job.state.kind !== 'failed' || before === null || before.state.kind === 'failed') return null;
    const { title, action } = failureWords(job.state.failure);
    return words('recovery:told.ended', { title, reason: action });
  }
  const { title, action } = failureWords(is.failure);
  switch (is.kind) {
    case 'countdown': {
      // It stands while somebody chooses, and is told again when it begins anew.
      if (is.choosing || (was?.kind === 'countdown' && was.attempt === is.attempt && !was.choosing)) return null;
      const time = figures().duration(Math.max(0, Math.min(countdownMs, is.beginsAt - now)) / 1000);
      return words('recovery:told.countdown', { title, time });
    }
    case 'begun':
      if (was?.kind === 'begun' && was.attempt === is.attempt) return null;
      return attemptWords(is.attempt, is.recovery, job.settings.height);
    case 'waits':
      return before === null || was?.kind === 'waits' ? null : words('recovery:told.asks', { title });
    case 'ended': {
      if (before === null || was?.kind === 'ended') return null;
      const changed = is.others.length + is.remedies.length > 0 || is.reason !== 'not-by-trying';
      return words('recovery:told.ended', { title, reason: changed ? words(`recovery:end.${is.reason}`) : action });
    }
  }
}

/** Of a job that runs again: what it is called while it does. */
function attemptOf(job: Job, before: Job | null): number {
  if (job.state.kind === 'recovering') return job.state.attempt;
  if (before?.state.kind === 'recovering') return before.state.attempt;
  return (job.recoveries?.length ?? 0) + 1;
}

export const useTelling = create<{ text: string }>()(() => ({ text: '' }));

useStudio.subscribe((state, last) => {
  if (state.jobs === last.jobs) return;
  const known = new Map(last.jobs.map((job) => [job.id, job]));
  for (const job of state.jobs) {
    const before = known.get(job.id) ?? null;
    if (before === job) continue;
    const text = tellingOf(before, job, Date.now());
    if (text !== null) useTelling.setState({ text });
  }
});

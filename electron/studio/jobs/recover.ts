import type { Job, JobState } from '../../../contract/job.ts';
import type { Recovery } from '../../../contract/recovery.ts';
import { answered } from './attempts.ts';
import type { JobStore } from './store.ts';

/** What was proposed about a failure (null), or one of the others; null when there is no such thing. */
export function chosenRecovery(state: JobState, choice: number | null): Recovery | null {
  if (state.kind === 'recovering') return (choice === null ? state.recovery : state.others?.[choice]) ?? null;
  if (state.kind !== 'failed' || state.next === undefined) return null;
  if (choice !== null) return state.next.others[choice] ?? null;
  return state.next.kind === 'recover' ? state.next.recovery : null;
}

/** Queues a job that failed, to go on in the way that is chosen. False when there is no such way. */
export function recoverFailed(jobs: JobStore, { id, state }: Job, choice: number | null): boolean {
  const recovery = chosenRecovery(state, choice);
  if (recovery === null || state.kind !== 'failed') return false;
  const kept = recovery.changesPicture ? recovery.keeps : state.kept;
  jobs.setState(id, { kind: 'queued', kept }, answered(jobs.attempts(id), recovery));
  return true;
}

/** Queues what stands. What failed goes on in the way that was proposed, if one was: never again as it failed. */
export function takeUp(jobs: JobStore, job: Job): void {
  if (recoverFailed(jobs, job, null)) return;
  jobs.setState(job.id, { kind: 'queued', kept: 'kept' in job.state ? job.state.kept : { kind: 'nothing' } });
}

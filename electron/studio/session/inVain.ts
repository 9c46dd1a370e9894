import type { Cause, Failure } from '../../../contract/failure.ts';
import type { JobState } from '../../../contract/job.ts';

/** Then it is the machine: the queue waits for it, instead of failing to its end. */
const most = 2;
const ofTheMachine = new Set<Cause>(['driver-lost', 'environment', 'device-memory', 'host-memory', 'hang', 'killed']);

/** Failures of jobs in a row that could not even begin, the latest last, once another one has ended. */
export function inVainAfter(before: readonly Failure[], ended: JobState | undefined): readonly Failure[] {
  const begun = ended?.kind !== 'failed' || ended.failure.phase !== null || !ofTheMachine.has(ended.failure.cause);
  return begun ? [] : [...before, ended.failure];
}

/** Why nothing more is to be begun; null while that is not clear. */
export const givesUp = (inVain: readonly Failure[]): Failure | null => inVain[most - 1] ?? null;

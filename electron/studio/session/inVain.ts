import { dirname } from 'node:path';
import type { Cause, Failure } from '../../../contract/failure.ts';
import type { JobState } from '../../../contract/job.ts';

/** Then it is the machine: the queue waits for it, instead of failing to its end. */
const most = 2;
const ofTheMachine = new Set<Cause>(['driver-lost', 'environment', 'device-memory', 'host-memory', 'hang', 'killed']);

/** A disk without room, or a folder for clips that is not there: however far a job came, the next one meets it too. */
function diskOf(failure: Failure): string | null {
  if (failure.cause === 'disk-full') return 'full';
  return failure.cause === 'not-writable' && !failure.exists ? dirname(failure.path) : null;
}

/** Failures of jobs in a row for which the machine is to blame, the latest last, once another one has ended. */
export function inVainAfter(before: readonly Failure[], ended: JobState | undefined): readonly Failure[] {
  if (ended?.kind !== 'failed') return [];
  const { failure } = ended;
  const disk = diskOf(failure);
  const begun = failure.phase !== null || !ofTheMachine.has(failure.cause);
  if (disk === null && begun) return [];
  return [...before.filter((each) => diskOf(each) === disk), failure];
}

/** Why nothing more is to be begun; null while that is not clear. */
export const givesUp = (inVain: readonly Failure[]): Failure | null => inVain[most - 1] ?? null;

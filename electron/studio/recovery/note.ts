import type { Attempt, RecoveryNote } from '../../../contract/recovery.ts';

/** What stays with the clip of a failure that was mended; null when nothing was done about it. */
export function noteOf({ failure, recovery }: Attempt): RecoveryNote | null {
  if (recovery === null) return null;
  const { rung } = recovery;
  return {
    cause: failure.cause,
    phase: failure.phase,
    rung: rung.kind,
    changes: rung.kind === 'replan' ? rung.changes : [],
  };
}

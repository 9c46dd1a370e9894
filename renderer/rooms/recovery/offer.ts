import type { Failure } from '../../../contract/failure.ts';
import type { JobState } from '../../../contract/job.ts';
import type { Remedy } from '../../../contract/plan.ts';
import type { EndReason, Recovery } from '../../../contract/recovery.ts';
import type { Kept } from '../../../contract/worker.ts';

interface Met {
  failure: Failure;
  /** What the next attempt would go on from. */
  kept: Kept;
}

/** What a person can do about a failure. */
export type Offer =
  /** It begins by itself at `beginsAt`, unless somebody says otherwise; it stands while somebody is `choosing`. */
  | (Met & {
      kind: 'countdown';
      attempt: number;
      beginsAt: number;
      choosing: boolean;
      proposed: Recovery;
      others: readonly Recovery[];
    })
  /** It waits to be asked for. */
  | (Met & { kind: 'waits'; proposed: Recovery; others: readonly Recovery[] })
  /** It is being done. */
  | (Met & { kind: 'begun'; attempt: number; recovery: Recovery | null })
  /** Nothing more is tried without being asked for. */
  | (Met & { kind: 'ended'; reason: EndReason; others: readonly Recovery[]; remedies: readonly Remedy[] });

/** Null for what has not failed, or has in a way that nobody has thought about. */
export function offerOf(state: JobState): Offer | null {
  if (state.kind === 'recovering') {
    const { failure, recovery, others = [], beginsAt, choosing = false, attempt } = state;
    const kept = recovery?.keeps ?? { kind: 'nothing' };
    if (beginsAt === undefined || recovery === undefined)
      return { kind: 'begun', failure, kept, attempt, recovery: recovery ?? null };
    return { kind: 'countdown', failure, kept, attempt, beginsAt, choosing, proposed: recovery, others };
  }
  if (state.kind !== 'failed' || state.next === undefined) return null;
  const { failure, kept, next } = state;
  if (next.kind === 'end')
    return { kind: 'ended', failure, kept, reason: next.reason, others: next.others, remedies: next.remedies };
  return { kind: 'waits', failure, kept: next.recovery.keeps, proposed: next.recovery, others: next.others };
}

/** What would fail again as it is: only other settings help. */
export const needsChange = ({ cause }: Failure): boolean => cause === 'bad-input' || cause === 'bad-frames';

export interface Choice {
  recovery: Recovery;
  /** As `queue.recover` wants it: null is what was proposed. */
  choice: number | null;
}

/** All ways to go on, what was proposed first. */
export function choicesOf(offer: Offer | null): readonly Choice[] {
  if (offer === null || offer.kind === 'begun') return [];
  const others = offer.others.map((recovery, choice) => ({ recovery, choice }));
  return offer.kind === 'ended' ? others : [{ recovery: offer.proposed, choice: null }, ...others];
}

export const sameKept = (one: Kept, other: Kept): boolean =>
  one.kind === 'checkpoint' && other.kind === 'checkpoint' ? one.step === other.step : one.kind === other.kind;

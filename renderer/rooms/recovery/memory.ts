import type { Failure, Holder } from '../../../contract/failure.ts';
import type { PhasePrediction, Planned, PlanRoom } from '../../../contract/plan.ts';
import type { Phase } from '../../../contract/render.ts';
import { shortageOf } from '../../../contract/shortage.ts';

/** A failure for want of memory: the card's or, on a processor and beside it, the computer's. */
export type MemoryFailure = Extract<Failure, { cause: 'device-memory' | 'host-memory' | 'spill' }>;

export const isOfMemory = (failure: Failure): failure is MemoryFailure =>
  failure.cause === 'device-memory' || failure.cause === 'host-memory' || failure.cause === 'spill';

export interface MemoryBar {
  /** `free`: what there is now; what there was then nobody has told. */
  kind: 'needed' | 'there' | 'free' | 'after' | 'phase';
  phase: Phase | null;
  bytes: number;
  /** Of the picture's width. */
  share: number;
}

export interface MemoryPicture {
  bars: readonly MemoryBar[];
  /** Where on the picture what was there ends. */
  line: number;
  /** There was enough, but not in one piece. */
  inPieces: boolean;
  others: readonly Holder[];
}

const shown = ['encoding', 'denoising', 'decoding'] as const;

/** `needed` is null where nobody counted it: then `there` is what is free now. */
interface Short {
  needed: number | null;
  there: number;
}

/** Of the card what the driver told when it failed; else what there is now of what ran out. Null where nobody knows. */
function shortOf(failure: MemoryFailure, room: PlanRoom | null): Short | null {
  if (failure.cause !== 'device-memory') {
    const free = (failure.cause === 'host-memory' ? room?.hostBytes : room?.deviceBytes) ?? null;
    return free === null ? null : { needed: null, there: free };
  }
  return shortageOf(failure);
}

const needOf = ({ cause }: MemoryFailure, { deviceNeed, hostBytes }: PhasePrediction): number =>
  (cause === 'host-memory' ? hostBytes : deviceNeed) ?? 0;

/**
 * What the phase that failed needed against what there was, and what is predicted for the others and for the new plan.
 * Null where there is nothing to set against each other.
 */
export function memoryPicture(
  failure: MemoryFailure,
  after: number | null,
  planned: Planned | null,
): MemoryPicture | null {
  const sized = planned !== null && 'prediction' in planned ? planned : null;
  const short = shortOf(failure, sized?.room ?? null);
  if (short === null || (short.needed === null && after === null)) return null;
  const { needed, there } = short;
  const phases = (sized?.prediction.phases ?? []).flatMap((prediction) => {
    const { phase } = prediction;
    const bytes = needOf(failure, prediction);
    const counts = shown.some((each) => each === phase) && phase !== failure.phase && bytes > 0;
    return counts ? [{ kind: 'phase' as const, phase, bytes }] : [];
  });
  const bars = [
    ...(needed === null ? [] : [{ kind: 'needed' as const, phase: failure.phase, bytes: needed }]),
    { kind: needed === null ? ('free' as const) : ('there' as const), phase: null, bytes: there },
    ...(after === null ? [] : [{ kind: 'after' as const, phase: failure.phase, bytes: after }]),
    ...phases,
  ];
  const most = Math.max(1, ...bars.map(({ bytes }) => bytes));
  return {
    bars: bars.map((bar) => ({ ...bar, share: bar.bytes / most })),
    line: there / most,
    inPieces: needed !== null && needed <= there,
    others: (failure.cause === 'device-memory' && failure.others) || [],
  };
}

import type { Failure, Holder } from '../../../contract/failure.ts';
import type { PhasePrediction } from '../../../contract/plan.ts';
import type { Phase } from '../../../contract/render.ts';

type DeviceMemory = Extract<Failure, { cause: 'device-memory' }>;

export interface MemoryBar {
  kind: 'needed' | 'there' | 'after' | 'phase';
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

/**
 * What the phase that failed needed against what there was, and what is predicted for the others and for the new plan.
 * Null where the driver did not say.
 */
export function memoryPicture(
  failure: DeviceMemory,
  after: number | null,
  predicted: readonly PhasePrediction[],
): MemoryPicture | null {
  const { requestedBytes, allocatedBytes, reservedBytes, freeBytes, allowedBytes } = failure;
  if (requestedBytes === null || freeBytes === null) return null;
  const allocated = allocatedBytes ?? reservedBytes ?? 0;
  const needed = allocated + requestedBytes;
  const there = Math.min((reservedBytes ?? allocated) + freeBytes, allowedBytes ?? Number.POSITIVE_INFINITY);
  const phases = predicted.flatMap(({ phase, deviceNeed }) =>
    shown.some((each) => each === phase) && phase !== failure.phase && deviceNeed !== null && deviceNeed > 0
      ? [{ kind: 'phase' as const, phase, bytes: deviceNeed }]
      : [],
  );
  const bars = [
    { kind: 'needed' as const, phase: failure.phase, bytes: needed },
    { kind: 'there' as const, phase: null, bytes: there },
    ...(after === null ? [] : [{ kind: 'after' as const, phase: failure.phase, bytes: after }]),
    ...phases,
  ];
  const most = Math.max(1, ...bars.map(({ bytes }) => bytes));
  return {
    bars: bars.map((bar) => ({ ...bar, share: bar.bytes / most })),
    line: there / most,
    inPieces: needed <= there,
    others: failure.others ?? [],
  };
}

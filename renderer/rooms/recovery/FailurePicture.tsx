import type { Failure } from '../../../contract/failure.ts';
import type { PhasePrediction } from '../../../contract/plan.ts';
import type { Recovery } from '../../../contract/recovery.ts';
import { failureWords } from '../../i18n/failure.ts';
import { useFigures } from '../../i18n/index.ts';
import { MemoryBars } from './MemoryBars.tsx';
import { memoryPicture } from './memory.ts';

/** The figures of a failure: a picture where memory of the card ran out, else a sentence, or nothing. */
export function FailurePicture({
  failure,
  proposed,
  predicted = [],
}: {
  failure: Failure;
  proposed: Recovery | null;
  predicted?: readonly PhasePrediction[];
}) {
  useFigures();
  const picture = failure.cause === 'device-memory' ? memoryPicture(failure, proposed?.needs ?? null, predicted) : null;
  if (picture) return <MemoryBars picture={picture} />;
  const { particulars } = failureWords(failure);
  return particulars && <p>{particulars}</p>;
}

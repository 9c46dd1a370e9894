import type { Failure } from '../../../contract/failure.ts';
import type { Job } from '../../../contract/job.ts';
import type { Recovery } from '../../../contract/recovery.ts';
import { failureWords } from '../../i18n/failure.ts';
import { useFigures } from '../../i18n/index.ts';
import { useFit } from '../create/useFit.ts';
import { MemoryBars } from './MemoryBars.tsx';
import { isOfMemory, type MemoryFailure, memoryPicture } from './memory.ts';

interface Failed {
  job: Job;
  proposed: Recovery | null;
}

/** The figures of a failure: a picture where memory ran out, a sentence, or nothing. */
export function FailurePicture({ failure, ...failed }: Failed & { failure: Failure }) {
  useFigures();
  // A picture says the same.
  const particulars = failure.cause === 'device-memory' ? null : failureWords(failure).particulars;
  return (
    <>
      {isOfMemory(failure) && <Memory failure={failure} {...failed} />}
      {particulars && <p>{particulars}</p>}
    </>
  );
}

function Memory({ job, failure, proposed }: Failed & { failure: MemoryFailure }) {
  const { model, memoryLimit, shortcut } = job;
  const planned = useFit({ ...job.settings, model, memoryLimit, shortcut });
  const picture = memoryPicture(failure, proposed?.needs ?? null, planned);
  return picture && <MemoryBars picture={picture} />;
}

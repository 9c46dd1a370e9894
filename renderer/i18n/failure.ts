import type { Failure } from '../../contract/failure.ts';
import type { Kept } from '../../contract/worker.ts';
import { figures, words } from './index.ts';

export interface FailureWords {
  /** What happened, as a headline without a full stop. */
  title: string;
  /** The figures or the particulars, as a sentence; null where there are none. */
  particulars: string | null;
  /** What to do, as a sentence. */
  todo: string;
}

/** A failure in the words of the moment's language. */
export function failureWords(failure: Failure): FailureWords {
  const doing = words(`failures:doing.${failure.phase ?? 'none'}`);
  const { bytes, duration } = figures();
  switch (failure.cause) {
    case 'device-memory': {
      const { requestedBytes: needed, freeBytes: there } = failure;
      const known = needed !== null && there !== null;
      return {
        title: words('failures:deviceMemory.title', { doing }),
        particulars: known
          ? words('failures:deviceMemory.figures', { needed: bytes(needed), there: bytes(there) })
          : null,
        todo: words('failures:deviceMemory.todo'),
      };
    }
    case 'host-memory':
      return {
        title: words('failures:hostMemory.title', { doing }),
        particulars: null,
        todo: words('failures:hostMemory.todo'),
      };
    case 'bad-weights':
      return {
        title: words('failures:badWeights.title'),
        particulars: words(`failures:badWeights.${failure.problem}`, { file: failure.file }),
        todo: words('failures:badWeights.todo'),
      };
    case 'bad-input': {
      const ofSettings = failure.problem === 'settings';
      return {
        title: words(`failures:badInput.${failure.problem}`),
        particulars: ofSettings && failure.detail ? failure.detail : null,
        todo: ofSettings ? words('failures:badInput.todoSettings') : words('failures:badInput.todoPicture'),
      };
    }
    case 'bad-frames':
      return {
        title: words(`failures:badFrames.${failure.problem}`),
        particulars: words('failures:badFrames.figures'),
        todo: words('failures:badFrames.todo'),
      };
    case 'disk-full':
      return {
        title: words('failures:diskFull.title', { doing }),
        particulars: words('failures:diskFull.figures', { path: failure.path }),
        todo: words('failures:diskFull.todo'),
      };
    case 'not-writable':
      return {
        title: failure.exists ? words('failures:notWritable.exists') : words('failures:notWritable.title'),
        particulars: words('failures:notWritable.figures', { path: failure.path }),
        todo: failure.exists ? words('failures:notWritable.todoExists') : words('failures:notWritable.todo'),
      };
    case 'driver-lost':
      return {
        title: words('failures:driverLost.title', { doing }),
        particulars: null,
        todo: words('failures:driverLost.todo'),
      };
    case 'environment':
      return {
        title: words('failures:environment.title'),
        particulars: null,
        todo: words('failures:environment.todo'),
      };
    case 'killed': {
      const bySystem = failure.signal === 'SIGKILL';
      return {
        title: bySystem ? words('failures:killed.memory', { doing }) : words('failures:killed.title', { doing }),
        particulars: bySystem ? words('failures:killed.figures') : null,
        todo: bySystem ? words('failures:killed.todo') : words('failures:killed.todoOther'),
      };
    }
    case 'hang':
      return {
        title: words('failures:hang.title', { doing }),
        particulars: words('failures:hang.figures', { time: duration(failure.seconds) }),
        todo: words('failures:hang.todo'),
      };
    case 'internal':
      return {
        title: words('failures:internal.title', { doing }),
        particulars: words('failures:internal.figures'),
        todo: words('failures:internal.todo'),
      };
  }
}

/** What is safe, and goes into the next try. `steps` is how many the whole render has. */
export function keptWords(kept: Kept, steps: number): string {
  return words(`failures:kept.${kept.kind}`, { step: kept.kind === 'checkpoint' ? kept.step : 0, steps });
}

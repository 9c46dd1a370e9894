import type { Failure } from '../../contract/failure.ts';
import type { Kept } from '../../contract/worker.ts';
import { figures, words } from './index.ts';

export interface FailureWords {
  /** What happened, as a headline without a full stop. */
  title: string;
  /** The figures or the particulars, as a sentence; null where there are none. */
  particulars: string | null;
  /** What to do, as a sentence. */
  action: string;
}

/** A failure in the words of the moment's language. */
export function failureWords(failure: Failure): FailureWords {
  const doing = words(`terms:doing.${failure.phase ?? 'none'}`);
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
        action: words('failures:deviceMemory.action'),
      };
    }
    case 'host-memory':
      return {
        title: words('failures:hostMemory.title', { doing }),
        particulars: null,
        action: words('failures:hostMemory.action'),
      };
    case 'spill':
      return {
        title: words('failures:spill.title', { doing }),
        particulars: words('failures:spill.figures', {
          time: duration(failure.stepSeconds),
          expected: duration(failure.expectedSeconds),
        }),
        action: words('failures:spill.action'),
      };
    case 'bad-weights':
      return {
        title: words('failures:badWeights.title'),
        particulars: words(`failures:badWeights.${failure.problem}`, { file: failure.file }),
        action: words('failures:badWeights.action'),
      };
    case 'bad-input': {
      const ofSettings = failure.problem === 'settings';
      if (failure.problem === 'memory-limit') {
        const [title, action] = [words('failures:badInput.memory-limit'), words('failures:badInput.actionLimit')];
        return { title, particulars: null, action };
      }
      return {
        title: words(`failures:badInput.${failure.problem}`),
        particulars: ofSettings && failure.detail ? failure.detail : null,
        action: ofSettings ? words('failures:badInput.actionSettings') : words('failures:badInput.actionPicture'),
      };
    }
    case 'bad-frames':
      return {
        title: words(`failures:badFrames.${failure.problem}`),
        particulars: words('failures:badFrames.figures'),
        action: words('failures:badFrames.action'),
      };
    case 'disk-full':
      return {
        title: words('failures:diskFull.title', { doing }),
        particulars: words('failures:diskFull.figures', { path: failure.path }),
        action: words('failures:diskFull.action'),
      };
    case 'not-writable':
      return {
        title: failure.exists ? words('failures:notWritable.exists') : words('failures:notWritable.title'),
        particulars: words('failures:notWritable.figures', { path: failure.path }),
        action: failure.exists ? words('failures:notWritable.actionExists') : words('failures:notWritable.action'),
      };
    case 'driver-lost':
      return {
        title: words('failures:driverLost.title', { doing }),
        particulars: null,
        action: words('failures:driverLost.action'),
      };
    case 'environment':
      return {
        title: words('failures:environment.title'),
        particulars: null,
        action: words('failures:environment.action'),
      };
    case 'killed': {
      const bySystem = failure.signal === 'SIGKILL';
      return {
        title: bySystem ? words('failures:killed.memory', { doing }) : words('failures:killed.title', { doing }),
        particulars: bySystem ? words('failures:killed.figures') : null,
        action: bySystem ? words('failures:killed.action') : words('failures:killed.actionOther'),
      };
    }
    case 'hang':
      return {
        title: words('failures:hang.title', { doing }),
        particulars: words('failures:hang.figures', { time: duration(failure.seconds) }),
        action: words('failures:hang.action'),
      };
    case 'internal':
      return {
        title: words('failures:internal.title', { doing }),
        particulars: words('failures:internal.figures'),
        action: words('failures:internal.action'),
      };
  }
}

/** What is safe, and goes into the next try. `steps` is how many the whole render has. */
export function keptWords(kept: Kept, steps: number): string {
  return words(`failures:kept.${kept.kind}`, { count: kept.kind === 'checkpoint' ? kept.step : steps, steps });
}

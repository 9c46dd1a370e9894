import { describe, expect, it } from 'vitest';
import type { Failure } from '../../../contract/failure.ts';
import type { CardSample } from '../../../contract/telemetry.ts';
import type { Progress, RenderOutcome } from '../../../contract/worker.ts';
import { silent } from '../telemetry/cards.ts';
import type { Onlooker } from './onlooker.ts';
import { type Watched, watchedRender } from './watchedRender.ts';

const GiB = 2 ** 30;
const full: CardSample = {
  ...silent('GPU-1'),
  memoryUsed: 7.9 * GiB,
  memoryTotal: 8 * GiB,
  power: 60,
  powerLimit: 200,
};
const done = { kind: 'done' } as RenderOutcome;
const cancelled: RenderOutcome = { kind: 'cancelled', phase: 'denoising', kept: { kind: 'checkpoint', step: 6 } };
const step = (n: number, seconds: number): Progress => ({
  ...{ type: 'step', jobId: 'a', phase: 'denoising', step: n, of: 8, seconds },
});

function watched(card: CardSample | null): Watched & { looks: number } {
  const all = {
    looks: 0,
    card: { name: 'RTX', reserveBytes: 0.5 * GiB },
    predicted: null,
    tolerate: false,
    onlooker: {
      async card() {
        all.looks += 1;
        return card;
      },
      others: () => Promise.resolve([{ name: 'game.exe', bytes: null }]),
      dispose: () => Promise.resolve(),
    } satisfies Onlooker,
  };
  return all;
}

/** A worker that makes steps of so many seconds and stops between two when it is asked to. */
const worker =
  (seconds: readonly number[], heardOf: number[] = []) =>
  async (onProgress: (progress: Progress) => void, signal: AbortSignal): Promise<RenderOutcome> => {
    for (const [index, each] of seconds.entries()) {
      onProgress(step(index + 1, each));
      heardOf.push(index + 1);
      // The onlooker has its turn.
      await new Promise(setImmediate);
      if (signal.aborted) return cancelled;
    }
    return done;
  };
const never = new AbortController().signal;
const collapse = [9, 4, 4, 4, 40, 41, 40, 40];

describe('a render that is watched', () => {
  it('is stopped at the second step of a spill, and says what a step takes', async () => {
    const [heard, told]: [number[], Progress[]] = [[], []];
    const outcome = await watchedRender(worker(collapse, heard), watched(full), (each) => told.push(each), never);
    const failure: Partial<Failure> = {
      cause: 'spill',
      phase: 'denoising',
      step: 6,
      stepSeconds: 40,
      expectedSeconds: 4,
    };
    expect(outcome).toMatchObject({ kind: 'failed', failure });
    expect(heard).toEqual([1, 2, 3, 4, 5, 6]);
    expect(told).toHaveLength(6);
  });

  it('goes on where the card is not full, is not to be seen, or is the processor', async () => {
    const room = watched({ ...full, memoryUsed: 4 * GiB });
    expect(await watchedRender(worker(collapse), room, () => {}, never)).toBe(done);
    expect(room.looks).toBeGreaterThan(0);
    expect(await watchedRender(worker(collapse), watched(null), () => {}, never)).toBe(done);
    const processor = { ...watched(full), card: null };
    expect(await watchedRender(worker(collapse), processor, () => {}, never)).toBe(done);
    expect(processor.looks).toBe(0);
  });

  it('goes on when it is to be taken as it is, however slow', async () => {
    const slow = { ...watched(full), tolerate: true };
    expect(await watchedRender(worker(collapse), slow, () => {}, never)).toBe(done);
    expect(slow.looks).toBe(0);
  });

  it('is looked at only when steps collapse', async () => {
    const fine = watched(full);
    expect(await watchedRender(worker([9, 4, 5, 4, 6, 4, 9, 4]), fine, () => {}, never)).toBe(done);
    expect(fine.looks).toBe(0);
  });

  it('is not taken for slow where it calculates again after steps that are cached', async () => {
    const fine = watched(full);
    const render = async (onProgress: (progress: Progress) => void) => {
      for (const [index, seconds] of [9, 4, 0.01, 4, 0.01, 4, 0.01, 4, 4].entries())
        onProgress({ ...step(index + 1, seconds), cached: seconds < 1 } as Progress);
      return done;
    };
    expect(await watchedRender(render, fine, () => {}, never)).toBe(done);
    expect(fine.looks).toBe(0);
  });

  it('is cancelled when that was asked for, whatever was seen', async () => {
    const cancel = new AbortController();
    const hear = (progress: Progress): void => {
      if (progress.type === 'step' && progress.step === 6) cancel.abort();
    };
    expect(await watchedRender(worker(collapse), watched(full), hear, cancel.signal)).toBe(cancelled);
  });

  it('says who else has memory of the card when that runs out, and only then', async () => {
    const failed = (failure: Failure) => () => Promise.resolve<RenderOutcome>({ kind: 'failed', failure });
    const figures = { requestedBytes: 1, allocatedBytes: 1, reservedBytes: 1, freeBytes: 0 };
    const memory: Failure = { cause: 'device-memory', phase: 'decoding', detail: '', ...figures };
    expect(await watchedRender(failed(memory), watched(full), () => {}, never)).toEqual({
      ...{ kind: 'failed', failure: { ...memory, others: [{ name: 'game.exe', bytes: null }] } },
    });
    const other: Failure = { cause: 'internal', phase: null, detail: '' };
    expect(await watchedRender(failed(other), watched(full), () => {}, never)).toEqual({
      kind: 'failed',
      failure: other,
    });
  });
});

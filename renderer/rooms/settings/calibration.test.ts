import { beforeEach, describe, expect, it } from 'vitest';
import type { CalibrationEvent, CalibrationRun, Planned } from '../../../contract/plan.ts';
import { calibrate, useCalibration } from './calibration.ts';

const unknown: Planned = { kind: 'model', model: 'x', problem: 'unknown', file: null };
const query = { model: 'x', width: 96, height: 64, frames: 17, steps: 8, guidance: 3 };
const run = { expected: 'fits', result: { kind: 'too-large', phase: null } } as unknown as CalibrationRun;
const tried: CalibrationEvent = { type: 'tried', run, number: 1, of: 2 };
const now = () => useCalibration.getState().now;

async function* told(...events: CalibrationEvent[]) {
  yield* events;
}

describe('a calibration', () => {
  beforeEach(() => useCalibration.setState({ now: { kind: 'idle' } }));

  it('gathers what was tried, and ends with what is said of a clip now', async () => {
    const done: CalibrationEvent = { type: 'done', after: unknown };
    await calibrate(async () => told({ type: 'begun', before: unknown }, tried, tried, done), query);
    expect(now()).toEqual({ kind: 'done', runs: [run, run], before: unknown, after: unknown });
  });

  it('says why it was not begun', async () => {
    await calibrate(async () => told({ type: 'not-now', why: 'rendering' }), query);
    expect(now()).toEqual({ kind: 'not-now', why: 'rendering' });
  });

  it('that breaks off keeps what was tried', async () => {
    await calibrate(async () => told(tried), query);
    expect(now()).toEqual({ kind: 'ended', runs: [run] });
    const broken = calibrate(async () => Promise.reject(new Error('gone')), query);
    await expect(broken).rejects.toThrow('gone');
    expect(now()).toEqual({ kind: 'ended', runs: [] });
  });

  it('ends when somebody stops it, silently, and can be begun again', async () => {
    let signal: AbortSignal | undefined;
    const ended = calibrate(async (_, options) => {
      signal = options.signal;
      return (async function* () {
        yield tried;
        const state = now();
        if (state.kind === 'running') state.stop();
        throw new Error('The call was given up.');
      })();
    }, query);
    await ended;
    expect(signal?.aborted).toBe(true);
    expect(now()).toEqual({ kind: 'ended', runs: [run] });
    await calibrate(async () => told({ type: 'not-now', why: 'no-engine' }), query);
    expect(now()).toEqual({ kind: 'not-now', why: 'no-engine' });
  });

  it('is one at a time', async () => {
    let calls = 0;
    const slow = calibrate(async () => {
      calls += 1;
      await calibrate(async () => told(tried), query);
      return told(tried);
    }, query);
    await slow;
    expect([calls, now()]).toEqual([1, { kind: 'ended', runs: [run] }]);
  });
});

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Live } from '../../../contract/engine.ts';
import { append, carryOn, columnOf, emptySeries, fromHistory, indexAt, pointsFor, rangeOf } from './series.ts';

const begin = 1_800_000_000_000;

describe('readings along time', () => {
  it.each([
    [120, 480, 250],
    [900, 900, 1000],
    [3600, 960, 3750],
    [28_800, 994, 29_000],
  ])('asks for %i s in %i points, and so fits the buckets of the studio', (seconds, points, bucket) => {
    expect(pointsFor(seconds)).toBe(points);
    expect(emptySeries([], seconds).bucket).toBe(bucket);
    expect(points * bucket).toBeGreaterThanOrEqual(seconds * 1000);
  });

  it('leaves out a moment that fell out, and shows a longer one as a gap', () => {
    const series = fromHistory(['a'], 120, {
      times: Array.from({ length: 16 }, (_, index) => begin + 125 + index * 250),
      series: { a: [null, 1, null, 2, null, null, null, null, null, null, null, null, null, 3, 4, null] },
    });
    expect(columnOf(series, 'a')).toEqual([1, 2, null, 3, 4]);
  });

  it('has a gap after a sleep, and one column may have its own', () => {
    const series = emptySeries(['a', 'b'], 120);
    append(series, begin, [1, null]);
    append(series, begin + 250, [2, 5]);
    append(series, begin + 60_000, [3, null]);
    expect(columnOf(series, 'a')).toEqual([1, 2, null, 3]);
    expect(columnOf(series, 'b')).toEqual([null, 5, null, null]);
  });

  it('takes the mean of what falls into one bucket, and forgets what is older than its span', () => {
    fc.assert(
      fc.property(
        fc.array(fc.option(fc.integer({ min: 0, max: 100 }), { nil: null }), { minLength: 1, maxLength: 400 }),
        (values) => {
          const series = emptySeries(['a'], 900);
          for (const [index, value] of values.entries()) append(series, begin + index * 250, [value]);
          for (let second = 0; second * 4 < values.length; second++) {
            const seen = values.slice(second * 4, second * 4 + 4).filter((value) => value !== null);
            const mean = columnOf(series, 'a')[second];
            if (seen.length === 0) expect(mean).toBeNull();
            else expect(mean).toBeCloseTo(seen.reduce((sum, value) => sum + value, 0) / seen.length, 6);
          }
        },
      ),
    );
    const short = emptySeries(['a'], 10);
    for (let index = 0; index < 200; index++) append(short, begin + index * 250, [index]);
    expect(short.times.length).toBeLessThanOrEqual(42);
    expect(columnOf(short, 'a').at(-1)).toBe(199);
  });

  it('begins anew when the clock was put back', () => {
    const series = emptySeries(['a'], 120);
    append(series, begin, [1]);
    append(series, begin - 3_600_000, [2]);
    expect(columnOf(series, 'a')).toEqual([2]);
  });

  it('finds the nearest moment', () => {
    expect(indexAt([], 5)).toBeNull();
    expect([0, 14, 16, 99].map((time) => indexAt([10, 20, 30], time))).toEqual([0, 0, 1, 2]);
  });

  it('knows the range of what is known', () => {
    expect(rangeOf([null, 3, null, 1])).toEqual({ least: 1, most: 3 });
    expect(rangeOf([null])).toBeNull();
  });
});

describe('phase bands', () => {
  const live = (phase: Live['phase'], phaseSince: number, jobId = 'j'): Live => ({
    jobId,
    phase,
    step: null,
    of: null,
    secondsAStep: null,
    secondsLeft: null,
    phaseSeconds: {},
    phaseSince,
    kept: { kind: 'nothing' },
  });

  it('carry on with the render, and end with it', () => {
    const told = [{ jobId: 'j', phase: 'loading' as const, from: 1, to: null }];
    expect(carryOn(told, live('loading', 1), 5)).toBe(told);
    const next = carryOn(told, live('denoising', 7), 9);
    expect(next).toEqual([
      { jobId: 'j', phase: 'loading', from: 1, to: 7 },
      { jobId: 'j', phase: 'denoising', from: 7, to: null },
    ]);
    const ended = carryOn(next, null, 20);
    expect(ended.at(-1)).toEqual({ jobId: 'j', phase: 'denoising', from: 7, to: 20 });
    expect(carryOn(ended, null, 30)).toBe(ended);
    expect(carryOn([], live('encoding', 3), 4)).toEqual([{ jobId: 'j', phase: 'encoding', from: 3, to: null }]);
  });
});

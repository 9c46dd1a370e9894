import * as fc from 'fast-check';
import { assert, property } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bucketLength, type Row, recording } from './recording.ts';

const interval = 250;
const reading = fc.option(fc.float({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 }), { nil: null });
/** Steps of the clock: mostly one slot, at times a sleep, at times backwards. */
const step = fc.oneof(
  { weight: 10, arbitrary: fc.constant(interval) },
  { weight: 2, arbitrary: fc.integer({ min: 251, max: 40_000 }) },
  { weight: 1, arbitrary: fc.integer({ min: -3_600_000, max: 0 }) },
);
const moments = fc.array(
  fc.record({ step, rows: fc.dictionary(fc.constantFrom('a', 'b'), fc.tuple(reading, reading)) }),
  {
    minLength: 1,
    maxLength: 60,
  },
);
const begin = 1_800_000_000_000;

function record(capacity: number, all: { step: number; rows: Record<string, Row> }[]) {
  const past = recording(capacity, interval, () => 2);
  let time = begin;
  for (const { step, rows } of all) {
    time += step;
    past.add(time, new Map(Object.entries(rows)));
  }
  const kept: { time: number; row: (track: string) => Row | null }[] = [];
  past.visit(0, Number.POSITIVE_INFINITY, (at, row) => {
    const rows: Record<string, Row | null> = { a: row('a'), b: row('b') };
    kept.push({ time: at, row: (track) => rows[track] ?? null });
  });
  return { past, now: time, kept };
}

describe('what was measured', () => {
  it('keeps the newest moments, in ascending order, with the readings they had', () => {
    assert(
      property(fc.integer({ min: 1, max: 40 }), moments, (capacity, all) => {
        const { kept, now } = record(capacity, all);
        expect(kept.length).toBe(Math.min(capacity, all.length));
        expect(kept.at(-1)?.time).toBe(now);
        for (const [index, moment] of kept.entries()) {
          if (index > 0) expect(moment.time).toBeGreaterThan(kept[index - 1]?.time ?? 0);
          const given = all.at(index - kept.length)?.rows ?? {};
          for (const track of ['a', 'b']) {
            const expected = given[track];
            const row = moment.row(track);
            expect((row?.every((value) => value === null) ?? true) ? null : row).toEqual(
              (expected?.every((value) => value === null) ?? true) ? null : expected,
            );
          }
        }
      }),
    );
  });

  it('puts every reading into exactly one bucket, which holds the mean', () => {
    assert(
      property(
        moments,
        fc.integer({ min: 10, max: 28_800 }),
        fc.integer({ min: 2, max: 400 }),
        (all, seconds, points) => {
          const { past, now, kept } = record(1000, all);
          const length = bucketLength(seconds, points, interval);
          const { times, columns } = past.buckets('a', { seconds, points, now });
          expect(times.length).toBeLessThanOrEqual(points);
          expect((times.at(-1) ?? 0) + length / 2).toBeGreaterThan(now);
          for (const [index, middle] of times.entries()) {
            if (index > 0) expect(middle - (times[index - 1] ?? 0)).toBeCloseTo(length, 3);
            const inside = kept.filter(({ time }) => Math.floor(time / length) === Math.floor(middle / length));
            for (const [column, values] of columns.entries()) {
              const seen = inside.map(({ row }) => row('a')?.[column] ?? null).filter((value) => value !== null);
              if (seen.length === 0) expect(values[index]).toBeNull();
              else expect(values[index]).toBeCloseTo(seen.reduce((sum, value) => sum + value, 0) / seen.length, 3);
            }
          }
        },
      ),
    );
  });

  it('gives samples that lie on the grid one bucket each, and none is empty', () => {
    const past = recording(1000, interval, () => 1);
    // Each a little late, as timers are.
    for (let index = 0; index < 480; index++)
      past.add(begin + index * interval + (index % 7), new Map([['a', [index]]]));
    const { columns } = past.buckets('a', { seconds: 120, points: 1000, now: begin + 479 * interval + 3 });
    expect(columns[0]).toEqual(Array.from({ length: 480 }, (_, index) => index));
  });

  it('shows a sleep of the machine as a gap', () => {
    const past = recording(1000, interval, () => 1);
    past.add(begin, new Map([['a', [1]]]));
    past.add(begin + 10_000, new Map([['a', [2]]]));
    const { columns } = past.buckets('a', { seconds: 10, points: 10, now: begin + 10_000 });
    expect(columns[0]).toEqual([null, null, null, null, null, null, null, null, null, 2]);
  });

  it('moves the past along when the clock is put back', () => {
    const past = recording(1000, interval, () => 1);
    past.add(begin, new Map([['a', [1]]]));
    past.add(begin + 1000, new Map([['a', [2]]]));
    past.add(begin - 3_600_000, new Map([['a', [3]]]));
    const times: number[] = [];
    past.visit(0, 10, (time) => times.push(time - begin + 3_600_000));
    expect(times).toEqual([-1250, -250, 0]);
  });

  it('is read piece by piece, and no moment is left out or seen twice', () => {
    assert(
      property(moments, fc.integer({ min: 1, max: 9 }), (all, most) => {
        const { past, kept } = record(40, all);
        const seen: number[] = [];
        let from: number | null = 0;
        while (from !== null) from = past.visit(from, most, (time) => seen.push(time));
        expect(seen).toEqual(kept.map(({ time }) => time));
      }),
    );
  });

  it('knows nothing of a card before it came, nor of one that never was', () => {
    const past = recording(10, interval, () => 1);
    past.add(begin, new Map([['a', [1]]]));
    past.add(
      begin + 250,
      new Map([
        ['a', [2]],
        ['b', [5]],
      ]),
    );
    expect(past.buckets('b', { seconds: 10, points: 40, now: begin + 250 }).columns[0]?.slice(-2)).toEqual([null, 5]);
    expect(past.buckets('c', { seconds: 10, points: 40, now: begin + 250 }).columns).toEqual([]);
  });
});

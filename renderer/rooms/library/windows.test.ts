import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clipOf, clipsOf, pageOf } from './clip.fixture.ts';
import {
  type ClipCache,
  clipAt,
  emptyCache,
  indexOf,
  missingWindows,
  windowSize,
  windowsKept,
  withChange,
  withPage,
  withUsed,
} from './windows.ts';

const clips = clipsOf(10_000);
const read = (cache: ClipCache, number: number, of = clips, reading = 1) =>
  withPage(cache, pageOf(of, { offset: number * windowSize, limit: windowSize }), reading);

describe('windows over the library', () => {
  it('give each clip at its place', () => {
    const cache = read(read(emptyCache, 0), 3);
    expect(clipAt(cache, 5)?.id).toBe('c5');
    expect(clipAt(cache, 3 * windowSize + 7)?.id).toBe(`c${3 * windowSize + 7}`);
    expect(clipAt(cache, windowSize)).toBeUndefined();
    expect(indexOf(cache, `c${3 * windowSize}`)).toBe(3 * windowSize);
    expect(indexOf(cache, 'elsewhere')).toBeNull();
  });

  it('are asked for from the middle of what is seen, and only once', () => {
    const cache = read(read(emptyCache, 0), 4);
    expect(missingWindows(cache, { first: 3 * windowSize, last: 6 * windowSize - 1 }, 1)).toEqual([3, 5]);
    expect(missingWindows(cache, { first: 0, last: 10 }, 1)).toEqual([]);
    expect(missingWindows(cache, { first: 0, last: 10 }, 2)).toEqual([0]);
    expect(missingWindows(emptyCache, { first: 900, last: 960 }, 1)).toEqual([0]);
    const none = read(emptyCache, 0, []);
    expect(missingWindows(none, { first: 0, last: 10 }, 1)).toEqual([]);
    expect(missingWindows(none, { first: 0, last: 10 }, 2)).toEqual([0]);
  });

  it('are never asked for beyond the end', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5000 }), fc.nat(9000), fc.nat(300), (total, first, length) => {
        const missing = missingWindows({ ...emptyCache, total }, { first, last: first + length }, 1);
        expect(missing.length).toBeGreaterThan(0);
        for (const number of missing) expect(number * windowSize).toBeLessThan(total);
      }),
    );
  });

  it('stay few, and those on screen are the last to go', () => {
    let cache = read(emptyCache, 0);
    for (let number = 1; number <= windowsKept + 5; number++) {
      cache = read(withUsed(cache, { first: 0, last: 1 }), number);
    }
    expect(cache.windows.size).toBe(windowsKept);
    expect(clipAt(cache, 0)?.id).toBe('c0');
    expect(clipAt(cache, windowSize)).toBeUndefined();
  });

  it('keep the same objects where nothing changed', () => {
    const before = read(emptyCache, 0);
    const changed = clips.map((clip) => (clip.id === 'c2' ? clipOf('c2', { rating: 5 }) : clip));
    const after = read(before, 0, changed, 2);
    expect(clipAt(after, 1)).toBe(clipAt(before, 1));
    expect(clipAt(after, 2)).toMatchObject({ rating: 5 });
  });

  it('are dropped beyond an end that came nearer', () => {
    const cache = read(read(emptyCache, 5), 0, clips.slice(0, 100));
    expect(cache.total).toBe(100);
    expect([...cache.windows.keys()]).toEqual([0]);
    expect(clipAt(read(cache, 0, []), 0)).toBeUndefined();
  });

  it('show a change at once, of what is known', () => {
    const before = read(read(emptyCache, 0), 1);
    const cache = withChange(before, new Set(['c3', 'c5', 'elsewhere']), { rating: 5 });
    expect([2, 3, 4, 5].map((index) => clipAt(cache, index)?.rating)).toEqual([0, 5, 0, 5]);
    expect(clipAt(cache, 4)).toBe(clipAt(before, 4));
    expect(cache.windows.get(1)).toBe(before.windows.get(1));
  });
});

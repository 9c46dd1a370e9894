import { afterEach, describe, expect, it, vi } from 'vitest';
import { everyClip } from '../../../contract/clip.ts';
import {
  cleared,
  dayOf,
  endOfDay,
  narrows,
  rememberedQuery,
  rememberQuery,
  setFilters,
  startOfDay,
} from './filters.ts';

describe('filters of the library', () => {
  afterEach(() => vi.unstubAllGlobals());

  it('are told apart from what leaves nothing out', () => {
    const query = { ...everyClip, stars: 3, shape: 'portrait' as const };
    expect(setFilters(query)).toEqual(['stars', 'shape']);
    expect(narrows(query)).toBe(true);
    expect(narrows({ ...query, ...cleared(['stars', 'shape']) })).toBe(false);
    expect(narrows({ ...everyClip, search: 'x' })).toBe(true);
    expect(narrows({ ...everyClip, deleted: true, order: 'oldest' })).toBe(false);
  });

  it('are remembered, words and the trash are not', () => {
    const kept = new Map<string, string>();
    vi.stubGlobal('localStorage', {
      getItem: (name: string) => kept.get(name) ?? null,
      setItem: (name: string, value: string) => kept.set(name, value),
    });
    expect(rememberedQuery()).toEqual(everyClip);
    rememberQuery({ ...everyClip, search: 'x', deleted: true, stars: 4, order: 'oldest' });
    expect(rememberedQuery()).toEqual({ ...everyClip, stars: 4, order: 'oldest' });
    kept.set([...kept.keys()][0] ?? '', '{"stars":"many"}');
    expect(rememberedQuery()).toEqual(everyClip);
  });

  it('are forgotten where a browser keeps nothing', () => {
    vi.stubGlobal('localStorage', undefined);
    rememberQuery({ ...everyClip, stars: 4 });
    expect(rememberedQuery()).toEqual(everyClip);
  });

  it('know days by the clock on the wall', () => {
    const start = startOfDay('2026-03-29') ?? 0;
    expect(dayOf(start)).toBe('2026-03-29');
    expect(dayOf(endOfDay(start) - 1)).toBe('2026-03-29');
    expect(dayOf(endOfDay(start))).toBe('2026-03-30');
    expect(startOfDay('')).toBeNull();
    expect(startOfDay('20260329')).toBeNull();
  });
});

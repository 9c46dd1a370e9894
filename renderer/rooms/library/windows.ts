import type { Clip, ClipPage } from '../../../contract/clip.ts';

/** Clips are read this many at a time, and this many such windows are kept: what is on screen is about one. */
export const windowSize = 60;
export const windowsKept = 24;

interface ClipWindow {
  readonly clips: readonly Clip[];
  /** Which reading of the library it comes from: an older one is shown until it has been read again. */
  readonly reading: number;
}

/** What the page knows of an answer that may be ten thousand clips long. */
export interface ClipCache {
  /** How many there are in all; null before the first answer. */
  readonly total: number | null;
  /** By the window's number; the one used longest ago comes first. */
  readonly windows: ReadonlyMap<number, ClipWindow>;
}

export const emptyCache: ClipCache = { total: null, windows: new Map() };

export interface Range {
  readonly first: number;
  readonly last: number;
}

const windowOf = (index: number) => Math.floor(index / windowSize);

export function clipAt(cache: ClipCache, index: number): Clip | undefined {
  return cache.windows.get(windowOf(index))?.clips[index % windowSize];
}

export function indexOf(cache: ClipCache, id: string): number | null {
  for (const [number, window] of cache.windows) {
    const at = window.clips.findIndex((clip) => clip.id === id);
    if (at >= 0) return number * windowSize + at;
  }
  return null;
}

/** The windows of a range that are not there as of this reading, from the middle of the range outwards. */
export function missingWindows(cache: ClipCache, range: Range, reading: number): number[] {
  const end = Math.max(0, (cache.total ?? 0) - 1);
  const first = windowOf(Math.max(0, Math.min(range.first, end)));
  const last = windowOf(Math.max(0, Math.min(range.last, end)));
  const middle = (first + last) / 2;
  return Array.from({ length: last - first + 1 }, (_, step) => first + step)
    .filter((number) => cache.windows.get(number)?.reading !== reading)
    .sort((one, other) => Math.abs(one - middle) - Math.abs(other - middle));
}

/** Takes an answer in. Clips that are as they were stay the same objects, so that nobody draws them again. */
export function withPage(cache: ClipCache, page: ClipPage, reading: number): ClipCache {
  const number = windowOf(page.offset);
  const before = new Map(cache.windows.get(number)?.clips.map((clip) => [clip.id, clip]));
  const clips = page.clips.map((clip) => {
    const known = before.get(clip.id);
    return known !== undefined && JSON.stringify(known) === JSON.stringify(clip) ? known : clip;
  });
  const windows = new Map([...cache.windows].filter(([other]) => other !== number && other * windowSize < page.total));
  // That there is nothing is an answer too, until it is read anew.
  if (clips.length > 0 || page.total === 0) windows.set(number, { clips, reading });
  for (const oldest of windows.keys()) {
    if (windows.size <= windowsKept) break;
    windows.delete(oldest);
  }
  return { total: page.total, windows };
}

/** Moves what is on screen to the end of the line of what is dropped. */
export function withUsed(cache: ClipCache, range: Range): ClipCache {
  const windows = new Map(cache.windows);
  for (let number = windowOf(range.first); number <= windowOf(range.last); number++) {
    const window = windows.get(number);
    if (window === undefined) continue;
    windows.delete(number);
    windows.set(number, window);
  }
  return { ...cache, windows };
}

/** Shows a change before the studio has confirmed it. */
export function withChange(cache: ClipCache, ids: ReadonlySet<string>, change: Partial<Clip>): ClipCache {
  const windows = new Map<number, ClipWindow>();
  for (const [number, window] of cache.windows) {
    const touched = window.clips.some(({ id }) => ids.has(id));
    const clips = window.clips.map((clip) => (ids.has(clip.id) ? { ...clip, ...change } : clip));
    windows.set(number, touched ? { ...window, clips } : window);
  }
  return { ...cache, windows };
}

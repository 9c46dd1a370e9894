import { createStore } from 'zustand/vanilla';
import type { Clip, ClipPage, ClipQuery } from '../../../contract/clip.ts';
import { rememberedQuery, rememberQuery } from './filters.ts';
import { nothingSelected, type Selection } from './selection.ts';
import {
  type ClipCache,
  clipAt,
  emptyCache,
  indexOf,
  missingWindows,
  type Range,
  windowSize,
  withChange,
  withPage,
  withUsed,
} from './windows.ts';

export type ReadPage = (question: ClipQuery & { offset: number; limit: number }) => Promise<ClipPage>;

export interface LibraryState {
  /** What is asked for, and what the clips in the cache are an answer to: the old ones stay until the new ones come. */
  query: ClipQuery;
  shown: ClipQuery | null;
  cache: ClipCache;
  /** What is on screen, by place. */
  range: Range;
  trouble: unknown;
  selection: Selection;
  /** The place of the keyboard, and the clip that was there. */
  active: number;
  activeId: string | null;
}

const requestsAtOnce = 2;
const mostAtOnce = 500;
const lostMs = 10_000;

/** The library as a page sees it. It outlives the room, so that one comes back to where one was. */
export function createLibrary(readPage: ReadPage) {
  const store = createStore<LibraryState>(() => ({
    query: rememberedQuery(),
    shown: null,
    cache: emptyCache,
    range: { first: 0, last: windowSize - 1 },
    trouble: null,
    selection: nothingSelected,
    active: 0,
    activeId: null,
  }));
  const { getState, setState } = store;

  /** Grows when what was read may be out of date. Answers of an earlier reading are thrown away. */
  let reading = 0;
  let asked = new Set<number>();

  /** Where the grid is scrolled to. Nothing is drawn by it, so it is no part of the state. */
  let scrollTop = 0;

  function readMissing(): void {
    const { query, shown, cache, range } = getState();
    const missing = query === shown ? missingWindows(cache, range, reading) : [0];
    for (const number of missing) {
      if (asked.size >= requestsAtOnce) return;
      if (!asked.has(number)) void readWindow(number);
    }
  }

  async function readWindow(number: number): Promise<void> {
    const { query } = getState();
    const asOf = reading;
    asked.add(number);
    try {
      const page = await readPage({ ...query, offset: number * windowSize, limit: windowSize });
      if (asOf === reading) takeIn(page);
    } catch (error) {
      if (asOf === reading) setState({ trouble: error });
    } finally {
      if (asOf === reading) {
        asked.delete(number);
        if (asked.size === 0 && outdated) readAnew();
        else if (getState().trouble === null && !outdated) readMissing();
      }
    }
  }

  function takeIn(page: ClipPage): void {
    setState((state) => {
      const cache = withPage(state.shown === state.query ? state.cache : emptyCache, page, reading);
      const moved = state.activeId === null ? null : indexOf(cache, state.activeId);
      const active = moved ?? Math.max(0, Math.min(state.active, page.total - 1));
      const activeId = clipAt(cache, active)?.id ?? state.activeId;
      return { shown: state.query, cache, active, activeId };
    });
  }

  /** Something changed while an answer was under way: it is shown, and then read once more, however much changed. */
  let outdated = false;
  let begunAt = 0;

  function readAgain(): void {
    // One that takes that long may never be answered.
    if (asked.size > 0 && performance.now() - begunAt < lostMs) outdated = true;
    else readAnew();
  }

  function readAnew(): void {
    outdated = false;
    begunAt = performance.now();
    reading += 1;
    asked = new Set();
    setState({ trouble: null });
    readMissing();
  }

  return {
    store,
    /** To be called when the room opens and whenever something in the library changed. */
    readAgain,

    ask(change: Partial<ClipQuery>): void {
      const before = getState().query;
      const query = { ...before, ...change };
      if (JSON.stringify(query) === JSON.stringify(before)) return;
      setState({ query, selection: nothingSelected, active: 0, activeId: null });
      rememberQuery(query);
      scrollTop = 0;
      readAnew();
    },

    look(range: Range): void {
      setState(({ cache }) => ({ range, cache: withUsed(cache, range) }));
      if (getState().trouble === null) readMissing();
    },

    activate(index: number): void {
      setState(({ cache }) => ({ active: index, activeId: clipAt(cache, index)?.id ?? null }));
    },

    select: (selection: Selection): void => setState({ selection }),
    scrollTop: (): number => scrollTop,
    scrolled(to: number): void {
      scrollTop = to;
    },

    /** Shows a change at once; what the studio says afterwards prevails. */
    change: (ids: readonly string[], change: Partial<Clip>): void =>
      setState(({ cache }) => ({ cache: withChange(cache, new Set(ids), change) })),

    /** The clips of a range, read where they are not known. Null when something else is asked for meanwhile. */
    async ids(range: Range): Promise<string[] | null> {
      const { query, cache } = getState();
      const ids: string[] = [];
      for (let at = range.first; at <= range.last; ) {
        const known = clipAt(cache, at);
        const more = known
          ? [known]
          : (await readPage({ ...query, offset: at, limit: Math.min(mostAtOnce, range.last - at + 1) })).clips;
        if (more.length === 0) break;
        ids.push(...more.map((clip) => clip.id));
        at += more.length;
      }
      return getState().query === query ? ids : null;
    },

    /** The place of a clip in what is shown; null when it is not among it. */
    async placeOf(id: string): Promise<number | null> {
      const { query, cache } = getState();
      const known = indexOf(cache, id);
      if (known !== null) return known;
      for (let offset = 0; ; offset += mostAtOnce) {
        const page = await readPage({ ...query, offset, limit: mostAtOnce });
        const at = page.clips.findIndex((clip) => clip.id === id);
        if (at >= 0) return offset + at;
        if (offset + mostAtOnce >= page.total) return null;
      }
    },
  };
}

// biome-ignore-all lint/a11y/useSemanticElements: a grid of which only a part is in the document is no table
import { defaultRangeExtractor, useVirtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { rating } from '../../../contract/clip.ts';
import { show } from '../../app/navigation.ts';
import { deleteClips, rate } from './actions.ts';
import { type CardAct, ClipCard } from './ClipCard.tsx';
import styles from './ClipGrid.module.css';
import { gridSizes, placeAfter } from './gridMoves.ts';
import { playHere } from './hovering.ts';
import { extended, nothingSelected, rangeTo, type Selection, toggled } from './selection.ts';
import { library, useLibrary } from './useLibrary.ts';
import { clipAt, type Range } from './windows.ts';

/** Every clip of the answer, of which only what is near the screen is drawn. */
export function ClipGrid({
  onPurge,
  cameBack,
}: {
  onPurge: (ids: readonly string[]) => void;
  /** From a clip that was open: the keyboard goes on there. */
  cameBack: boolean;
}) {
  const { t } = useTranslation('library');
  const scroller = useRef<HTMLDivElement>(null);
  const width = useWidth(scroller);
  const { columns, gap, rowHeight } = gridSizes(width);
  const total = useLibrary((state) => state.cache.total ?? 0);
  const active = useLibrary((state) => state.active);
  const selecting = useLibrary((state) => state.selection.ids.size > 0);
  const shown = useLibrary((state) => state.shown);
  const activeRow = Math.floor(active / columns);

  const rows = useVirtualizer({
    count: Math.ceil(total / columns),
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    // What is scrolled to is drawn ahead: nothing waits for it.
    useFlushSync: false,
    initialOffset: library.scrollTop(),
    paddingStart: 4,
    scrollPaddingStart: 12,
    scrollPaddingEnd: 12,
    overscan: 2,
    directDomUpdates: true,
    // The row of the keyboard is always there: focus is not lost by scrolling, and Tab finds its way in.
    rangeExtractor: (range) => {
      const seen = defaultRangeExtractor(range);
      if (seen.includes(activeRow) || activeRow >= range.count) return seen;
      return [...seen, activeRow].sort((one, other) => one - other);
    },
  });

  const items = rows.getVirtualItems();
  const first = (rows.range?.startIndex ?? 0) * columns;
  const last = ((rows.range?.endIndex ?? 0) + 1) * columns - 1;
  useEffect(() => library.look({ first, last }), [first, last]);

  // What was at the top stays there when the window is made wider or narrower.
  const top = useRef({ columns, first });
  useLayoutEffect(() => {
    rows.measure();
    const before = top.current;
    if (before.columns !== columns && before.first > 0) {
      rows.scrollToIndex(Math.floor(before.first / columns), { align: 'start' });
    }
  }, [rows, columns, rowHeight]);
  useEffect(() => {
    top.current = { columns, first };
  });

  // Another question begins at the top.
  const answered = useRef(shown);
  useLayoutEffect(() => {
    if (answered.current !== null && answered.current !== shown) rows.scrollToOffset(0);
    answered.current = shown;
  }, [rows, shown]);

  const arrived = useRef(false);
  useEffect(() => {
    if (arrived.current || width === 0) return;
    arrived.current = true;
    if (!cameBack) return;
    const { active: place } = library.store.getState();
    rows.scrollToIndex(Math.floor(place / columns), { align: 'auto' });
    focusPlace(scroller.current, place);
  }, [rows, columns, width, cameBack]);

  // The focus goes with the place of the keyboard, if it is in the grid.
  useLayoutEffect(() => {
    if (scroller.current?.contains(document.activeElement)) focusPlace(scroller.current, active);
  }, [active]);

  // What was done with the selection takes its buttons away: the keyboard comes back here.
  const selected = useRef(selecting);
  useLayoutEffect(() => {
    const over = selected.current && !selecting;
    selected.current = selecting;
    if (over && document.activeElement === document.body) focusPlace(scroller.current, library.store.getState().active);
  }, [selecting]);

  /** What takes time to select is given up as soon as something else is done. */
  const latest = useRef(0);
  const selectLater = useCallback(async (range: Range, take: (ids: string[]) => Selection) => {
    const mine = ++latest.current;
    const ids = await library.ids(range).catch(() => null);
    if (ids !== null && mine === latest.current) library.select(take(ids));
  }, []);
  const extendTo = useCallback(
    (index: number, from: number) => {
      const { selection } = library.store.getState();
      const anchored = selection.anchor === null ? { ...selection, anchor: from } : selection;
      void selectLater(rangeTo(anchored, index), (ids) => extended(anchored, ids, index));
    },
    [selectLater],
  );

  const act: CardAct = useCallback(
    (what, index) => {
      const { cache, selection, active: from } = library.store.getState();
      const clip = clipAt(cache, index);
      if (clip === undefined) return;
      latest.current += 1;
      library.activate(index);
      if (what === 'extend') extendTo(index, from);
      else if (what === 'toggle' || selection.ids.size > 0) library.select(toggled(selection, clip.id, index));
      else show('library', clip.id);
    },
    [extendTo],
  );

  const goTo = (index: number) => {
    library.activate(index);
    rows.scrollToIndex(Math.floor(index / columns), { align: 'auto' });
  };

  const onKeyDown = (event: KeyboardEvent) => {
    const state = library.store.getState();
    const clip = clipAt(state.cache, state.active);
    const control = event.ctrlKey || event.metaKey;
    if (event.altKey || !(event.target instanceof HTMLElement && event.target.dataset['place'])) return;
    latest.current += 1;
    const rowsAPage = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 0) / rowHeight));
    const next = placeAfter(event.key, control, state.active, { total, columns, rowsAPage });
    if (next !== null) {
      goTo(next);
      if (event.shiftKey) extendTo(next, state.active);
    } else if (event.key === 'Enter' && clip) show('library', clip.id);
    else if (event.key === ' ' && event.shiftKey) extendTo(state.active, state.active);
    else if (event.key === ' ' && clip) library.select(toggled(state.selection, clip.id, state.active));
    else if (event.key === 'a' && control) {
      void selectLater({ first: 0, last: total - 1 }, (ids) => ({ ids: new Set(ids), anchor: 0 }));
    } else if (event.key === 'Escape' && selecting) library.select(nothingSelected);
    else if (event.key === 'Delete' || (event.key === 'Backspace' && control)) remove();
    else if (/^[0-5]$/.test(event.key) && !control && clip) {
      void rate(selecting ? [...state.selection.ids] : [clip.id], Number(event.key));
    } else if (event.key === 's' && !control && clip) {
      if (selecting) void rate([...state.selection.ids], rating.max);
      else void rate([clip.id], clip.rating > 0 ? 0 : rating.max);
    } else if (event.key === 'p' && !control && clip) playHere(clip.id);
    else return;
    event.preventDefault();
  };

  const remove = () => {
    const { selection, activeId, query } = library.store.getState();
    const ids = selection.ids.size > 0 ? [...selection.ids] : activeId === null ? [] : [activeId];
    if (ids.length === 0) return;
    if (query.deleted) onPurge(ids);
    else void deleteClips(ids);
  };

  return (
    <div
      ref={scroller}
      role="grid"
      aria-label={t('grid')}
      aria-multiselectable
      aria-rowcount={Math.ceil(total / columns)}
      aria-colcount={columns}
      className={styles.scroller}
      data-selecting={selecting || undefined}
      onKeyDown={onKeyDown}
      onScroll={(event) => library.scrolled(event.currentTarget.scrollTop)}
    >
      <div ref={rows.containerRef} className={styles.all} role="presentation">
        {items.map((row) => (
          <div
            key={row.key}
            ref={rows.measureElement}
            data-index={row.index}
            role="row"
            aria-rowindex={row.index + 1}
            tabIndex={-1}
            className={styles.row}
            style={{ height: rowHeight, gap, gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))` }}
          >
            {placesOf(row.index, columns, total).map((index, column) => (
              <ClipCard key={index} index={index} column={column} act={act} />
            ))}
          </div>
        ))}
      </div>
    </div>
  );
}

const focusPlace = (grid: HTMLElement | null, place: number): void =>
  grid?.querySelector<HTMLElement>(`[data-place="${place}"]`)?.focus({ preventScroll: true });

const placesOf = (row: number, columns: number, total: number): number[] =>
  Array.from({ length: Math.min(columns, total - row * columns) }, (_, column) => row * columns + column);

/** The room inside the grid's padding. */
function useWidth(element: { readonly current: HTMLElement | null }): number {
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    const { current } = element;
    if (current === null) return;
    const read = () => {
      const { paddingLeft, paddingRight } = getComputedStyle(current);
      setWidth(current.clientWidth - Number.parseFloat(paddingLeft) - Number.parseFloat(paddingRight));
    };
    read();
    const observer = new ResizeObserver(read);
    observer.observe(current);
    return () => observer.disconnect();
  }, [element]);
  return width;
}

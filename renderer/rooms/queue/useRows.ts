import { type FocusEvent, type KeyboardEvent, useLayoutEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Job } from '../../../contract/job.ts';

/** The control of a row that has the focus, as marked by `data-row` and `data-part`. */
interface Spot {
  row: string;
  part: string | undefined;
}

function spotOf(target: EventTarget): Spot | null {
  if (!(target instanceof HTMLElement)) return null;
  const row = target.closest<HTMLElement>('[data-row]')?.dataset['row'];
  return row === undefined ? null : { row, part: target.dataset['part'] };
}

/** Rows from one page to the next. */
const pageful = 8;

/**
 * The keyboard in the rows: the arrows go from row to row, with Shift selecting, Alt with an arrow moves the row, Delete
 * removes it or what is selected. Only the row that has the keyboard is reached by Tab, and only it is surely drawn.
 */
export function useRows({
  waiting,
  stopped,
  moveTo,
  remove,
  select,
}: {
  waiting: readonly Job[];
  stopped: readonly Job[];
  moveTo: (id: string, place: number) => void;
  /** This one, or what is selected with it. */
  remove: (job: Job) => void;
  select: {
    toggle: (id: string) => void;
    extend: (from: string, to: string) => void;
    all: () => void;
    none: () => boolean;
  };
}) {
  const { t } = useTranslation('queue');
  const root = useRef<HTMLDivElement>(null);
  const [wanted, setWanted] = useState<string | null>(null);
  const [told, setTold] = useState('');
  const dragging = useRef(false);
  /** Where the focus is to be once the rows have changed: an element that is moved or removed loses it. */
  const refocus = useRef<(Spot & { whenLost: boolean }) | null>(null);
  const rows = [...waiting, ...stopped];
  const active = rows.some(({ id }) => id === wanted) ? wanted : (rows[0]?.id ?? null);

  const focus = ({ row, part }: Spot) => {
    const element = root.current?.querySelector(`[data-row="${CSS.escape(row)}"]`);
    const same = part && element?.querySelector<HTMLElement>(`[data-part="${part}"]`);
    (same || element?.querySelector<HTMLElement>('[data-part]'))?.focus();
  };

  useLayoutEffect(() => {
    const spot = refocus.current;
    if (spot === null || !rows.some(({ id }) => id === spot.row)) return;
    const lost = document.activeElement === null || document.activeElement === document.body;
    if (spot.whenLost && !lost) return;
    focus(spot);
    refocus.current = null;
  });

  const moveRow = (spot: Spot, by: number) => {
    const place = waiting.findIndex(({ id }) => id === spot.row);
    const job = waiting[place];
    const to = place + by;
    if (job === undefined || to < 0 || to >= waiting.length) return;
    refocus.current = { ...spot, whenLost: true };
    moveTo(spot.row, to);
    setTold(t('drag.over', { prompt: job.settings.prompt, place: to + 1, total: waiting.length }));
  };

  const removeRow = (job: Job) => {
    const at = rows.findIndex(({ id }) => id === job.id);
    const next = rows[at + 1] ?? rows[at - 1];
    refocus.current = next ? { row: next.id, part: 'more', whenLost: true } : null;
    remove(job);
  };

  /** One that is far away is drawn first. */
  const goTo = (spot: Spot, place: number) => {
    const row = rows[Math.max(0, Math.min(rows.length - 1, place))]?.id;
    if (row === undefined) return;
    refocus.current = { ...spot, row, whenLost: false };
    setWanted(row);
    if (row === active) focus({ ...spot, row });
    return row;
  };

  const onKeyDown = (event: KeyboardEvent) => {
    const spot = spotOf(event.target);
    if (spot === null || dragging.current) return;
    const at = rows.findIndex(({ id }) => id === spot.row);
    const job = rows[at];
    if (job === undefined) return;
    const by = { ArrowUp: -1, ArrowDown: 1, PageUp: -pageful, PageDown: pageful }[event.key];
    const to = by === undefined ? { Home: 0, End: rows.length - 1 }[event.key] : at + by;
    if (event.ctrlKey || event.metaKey) {
      if (event.key !== 'a') return;
      select.all();
    } else if (event.altKey) {
      if (by === undefined || Math.abs(by) !== 1) return;
      moveRow(spot, by);
    } else if (to !== undefined) {
      const row = goTo(spot, to);
      if (event.shiftKey && row !== undefined) select.extend(spot.row, row);
    } else if (event.key === 'Delete') removeRow(job);
    else if (event.key === 'Escape' && select.none()) goTo(spot, at);
    else return;
    event.preventDefault();
  };

  return {
    root,
    active,
    told,
    onKeyDown,
    onFocus: (event: FocusEvent) => {
      const spot = spotOf(event.target);
      if (spot !== null) setWanted(spot.row);
    },
    setDragging: (now: boolean) => {
      dragging.current = now;
    },
    removeRow,
  };
}

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

/**
 * The keyboard in the rows: the arrows go from row to row, Alt with an arrow moves the row, Delete removes it. Only the
 * row that has the keyboard is reached by Tab.
 */
export function useRows({
  waiting,
  stopped,
  moveTo,
  remove,
}: {
  waiting: readonly Job[];
  stopped: readonly Job[];
  moveTo: (id: string, place: number) => void;
  remove: (job: Job) => void;
}) {
  const { t } = useTranslation('queue');
  const root = useRef<HTMLDivElement>(null);
  const [wanted, setWanted] = useState<string | null>(null);
  const [told, setTold] = useState('');
  const dragging = useRef(false);
  /** Where the focus is to be once the rows have changed: an element that is moved or removed loses it. */
  const refocus = useRef<Spot | null>(null);
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
    if (lost) focus(spot);
    if (lost) refocus.current = null;
  });

  const moveRow = (spot: Spot, by: number) => {
    const place = waiting.findIndex(({ id }) => id === spot.row);
    const job = waiting[place];
    const to = place + by;
    if (job === undefined || to < 0 || to >= waiting.length) return;
    refocus.current = spot;
    moveTo(spot.row, to);
    setTold(t('drag.over', { prompt: job.settings.prompt, place: to + 1, total: waiting.length }));
  };

  const removeRow = (job: Job) => {
    const at = rows.findIndex(({ id }) => id === job.id);
    const next = rows[at + 1] ?? rows[at - 1];
    refocus.current = next ? { row: next.id, part: 'more' } : null;
    remove(job);
  };

  const onKeyDown = (event: KeyboardEvent) => {
    const spot = spotOf(event.target);
    if (spot === null || dragging.current || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const at = rows.findIndex(({ id }) => id === spot.row);
    const job = rows[at];
    const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (job === undefined) return;
    if (by !== undefined && event.altKey) moveRow(spot, by);
    else if (event.altKey) return;
    else if (by !== undefined) focus({ ...spot, row: rows[at + by]?.id ?? spot.row });
    else if (event.key === 'Home') focus({ ...spot, row: rows[0]?.id ?? spot.row });
    else if (event.key === 'End') focus({ ...spot, row: rows.at(-1)?.id ?? spot.row });
    else if (event.key === 'Delete') removeRow(job);
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

import {
  type Announcements,
  closestCenter,
  DndContext,
  type DragEndEvent,
  KeyboardSensor,
  type Modifier,
  PointerSensor,
  useSensor,
  useSensors,
} from '@dnd-kit/core';
import { SortableContext, sortableKeyboardCoordinates, verticalListSortingStrategy } from '@dnd-kit/sortable';
import { defaultRangeExtractor, useVirtualizer } from '@tanstack/react-virtual';
import { useCallback, useLayoutEffect, useMemo, useRef, useState, useSyncExternalStore } from 'react';
import { useTranslation } from 'react-i18next';
import type { Forecaster } from '../../../contract/forecast.ts';
import type { Job } from '../../../contract/job.ts';
import { useFigures } from '../../i18n/index.ts';
import { RowMenu } from './JobMenu.tsx';
import styles from './QueueRoom.module.css';
import { useFlying } from './useFlying.ts';
import { FlyingJob, type ListActs, type RowActs, WaitingJob } from './WaitingJob.tsx';

/** A queue is a line: nothing is dragged out of it sideways. */
const upAndDown: Modifier = ({ transform }) => ({ ...transform, x: 0 });

/** As high as a row is. Where the window is so narrow that its parts wrap, each is measured once it is drawn. */
const rowHeight = 68;
const narrow = window.matchMedia('(max-width: 820px)');

/**
 * Those that wait, in their order, which is changed by dragging with the pointer or the keyboard. Of ten thousand only
 * those near the screen are drawn, and the ones that have the keyboard or are in the hand; those that fly by in outline,
 * and the others stay whole for as long as they are in sight.
 */
export function WaitingList({
  jobs,
  forecaster,
  active,
  selected,
  acts,
  onDragging,
}: {
  jobs: readonly Job[];
  forecaster: Forecaster;
  active: string | null;
  selected: ReadonlySet<string>;
  acts: RowActs;
  onDragging: (dragging: boolean) => void;
}) {
  const sensors = useSensors(
    useSensor(PointerSensor, { activationConstraint: { distance: 4 } }),
    useSensor(KeyboardSensor, { coordinateGetter: sortableKeyboardCoordinates }),
  );
  const accessibility = useAnnouncements(jobs);
  const ids = useOrder(jobs);
  const places = useMemo(() => new Map(ids.map((id, place) => [id, place])), [ids]);
  const [dragged, setDragged] = useState<string | null>(null);
  const list = useRef<HTMLUListElement>(null);
  const above = useAbove(list);

  // Another function is taken for other keys, and all ten thousand are measured anew.
  const keyOf = useCallback((index: number) => ids[index] ?? index, [ids]);
  const rows = useVirtualizer({
    count: jobs.length,
    getScrollElement: () => list.current?.closest('main') ?? null,
    estimateSize: () => rowHeight,
    // What is scrolled to is drawn ahead: nothing waits for it.
    useFlushSync: false,
    getItemKey: keyOf,
    gap: 8,
    overscan: 6,
    scrollMargin: above,
    rangeExtractor: (range) => {
      const kept = [active, dragged].flatMap((id) => (id === null ? [] : (places.get(id) ?? [])));
      return [...new Set([...defaultRangeExtractor(range), ...kept])].sort((one, other) => one - other);
    },
  });

  const wraps = useSyncExternalStore(watchNarrow, () => narrow.matches);
  // What was measured of the other kind of rows says nothing.
  useLayoutEffect(() => rows.measure(), [wraps]);

  const { t } = useTranslation('queue');
  const figures = useFigures();
  const [opened, setOpened] = useState<{ id: string; anchor: HTMLElement } | null>(null);
  const listActs = useMemo<ListActs>(
    () => ({
      ...acts,
      ...{ t, figures },
      menu: (id, anchor) => setOpened((now) => (now?.anchor === anchor ? null : { id, anchor })),
    }),
    [acts, t, figures],
  );
  const flying = useFlying(list);
  const whole = useRef<ReadonlySet<string>>(new Set());
  const shown = rows.getVirtualItems().flatMap(({ index, start }) => {
    const job = jobs[index];
    if (job === undefined) return [];
    const needed = wraps || whole.current.has(job.id) || job.id === active || job.id === dragged;
    return [{ job, index, start, outline: flying && !needed }];
  });
  useLayoutEffect(() => {
    whole.current = new Set(shown.flatMap(({ job, outline }) => (outline ? [] : [job.id])));
  });

  const menuOf = opened === null ? undefined : jobs[places.get(opened.id) ?? -1];

  const drag = (id: string | null) => {
    setDragged(id);
    onDragging(id !== null);
  };
  const drop = ({ active: held, over }: DragEndEvent) => {
    drag(null);
    const id = String(held.id);
    const place = over === null ? undefined : places.get(String(over.id));
    if (place !== undefined && place !== places.get(id)) acts.moveTo(id, place);
  };
  return (
    <DndContext
      sensors={sensors}
      collisionDetection={closestCenter}
      modifiers={[upAndDown]}
      accessibility={accessibility}
      onDragStart={({ active: held }) => drag(String(held.id))}
      onDragCancel={() => drag(null)}
      onDragEnd={drop}
    >
      <SortableContext items={ids} strategy={verticalListSortingStrategy}>
        <ul ref={list} className={styles.line} style={{ height: rows.getTotalSize() }}>
          {shown.map(({ job, index, start, outline }) =>
            outline ? (
              <FlyingJob key={job.id} job={job} place={index} total={jobs.length} top={start - above} />
            ) : (
              <WaitingJob
                key={job.id}
                job={job}
                place={index}
                total={jobs.length}
                top={start - above}
                measure={wraps ? rows.measureElement : null}
                seconds={forecaster.seconds(job, jobs[index - 1]?.model === job.model)}
                active={active === job.id}
                selected={selected.has(job.id)}
                open={opened?.id === job.id}
                acts={listActs}
              />
            ),
          )}
        </ul>
      </SortableContext>
      <RowMenu
        opened={opened && menuOf ? { job: menuOf, anchor: opened.anchor } : null}
        standingOf={({ id }) => ({
          place: places.get(id) ?? 0,
          total: jobs.length,
          moveTo: (to) => acts.moveTo(id, to),
        })}
        onRemove={acts.remove}
        onClose={() => setOpened(null)}
      />
    </DndContext>
  );
}

/** Their ids: the same array for as long as nothing comes, goes or moves, whatever else changes of them. */
function useOrder(jobs: readonly Job[]): string[] {
  const before = useRef<string[]>([]);
  const ids = useMemo(() => {
    const same = jobs.length === before.current.length && jobs.every(({ id }, at) => before.current[at] === id);
    return same ? before.current : jobs.map(({ id }) => id);
  }, [jobs]);
  useLayoutEffect(() => {
    before.current = ids;
  });
  return ids;
}

function watchNarrow(changed: () => void): () => void {
  narrow.addEventListener('change', changed);
  return () => narrow.removeEventListener('change', changed);
}

/** How much of what is scrolled stands above the list, looked at when what is scrolled becomes another height. */
function useAbove(list: { readonly current: HTMLElement | null }): number {
  const [above, setAbove] = useState(0);
  useLayoutEffect(() => {
    const { current } = list;
    const scroller = current?.closest('main');
    const content = scroller?.firstElementChild;
    if (!current || !scroller || !content) return;
    const look = () =>
      setAbove(current.getBoundingClientRect().top - scroller.getBoundingClientRect().top + scroller.scrollTop);
    look();
    const observer = new ResizeObserver(look);
    observer.observe(content);
    return () => observer.disconnect();
  }, [list]);
  return above;
}

function useAnnouncements(jobs: readonly Job[]): {
  announcements: Announcements;
  screenReaderInstructions: { draggable: string };
} {
  const { t } = useTranslation('queue');
  const about = (id: string | number, over: string | number | undefined) => ({
    prompt: jobs.find((job) => job.id === id)?.settings.prompt ?? '',
    place: jobs.findIndex((job) => job.id === (over ?? id)) + 1,
    total: jobs.length,
  });
  return {
    announcements: {
      onDragStart: ({ active }) => t('drag.start', about(active.id, undefined)),
      onDragOver: ({ active, over }) => t('drag.over', about(active.id, over?.id)),
      onDragEnd: ({ active, over }) => t('drag.end', about(active.id, over?.id)),
      onDragCancel: ({ active }) => t('drag.cancel', about(active.id, undefined)),
    },
    screenReaderInstructions: { draggable: t('drag.instructions') },
  };
}

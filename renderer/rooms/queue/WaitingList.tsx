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
import { useLayoutEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Forecaster } from '../../../contract/forecast.ts';
import type { Job } from '../../../contract/job.ts';
import styles from './QueueRoom.module.css';
import { type RowActs, WaitingJob } from './WaitingJob.tsx';

/** A queue is a line: nothing is dragged out of it sideways. */
const upAndDown: Modifier = ({ transform }) => ({ ...transform, x: 0 });

/** As high as a row mostly is; each is measured once it is drawn. */
const rowHeight = 68;

/**
 * Those that wait, in their order, which is changed by dragging with the pointer or the keyboard. Of ten thousand only
 * those near the screen are drawn, and the ones that have the keyboard or are in the hand.
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
  const ids = useMemo(() => jobs.map(({ id }) => id), [jobs]);
  const places = useMemo(() => new Map(ids.map((id, place) => [id, place])), [ids]);
  const [dragged, setDragged] = useState<string | null>(null);
  const list = useRef<HTMLUListElement>(null);
  const above = useAbove(list);

  const rows = useVirtualizer({
    count: jobs.length,
    getScrollElement: () => list.current?.closest('main') ?? null,
    estimateSize: () => rowHeight,
    getItemKey: (index) => ids[index] ?? index,
    gap: 8,
    overscan: 6,
    scrollMargin: above,
    rangeExtractor: (range) => {
      const kept = [active, dragged].flatMap((id) => (id === null ? [] : (places.get(id) ?? [])));
      return [...new Set([...defaultRangeExtractor(range), ...kept])].sort((one, other) => one - other);
    },
  });

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
          {rows.getVirtualItems().map(({ index, start }) => {
            const job = jobs[index];
            if (job === undefined) return null;
            return (
              <WaitingJob
                key={job.id}
                job={job}
                place={index}
                total={jobs.length}
                top={start - above}
                measure={rows.measureElement}
                seconds={forecaster.seconds(job, jobs[index - 1]?.model === job.model)}
                active={active === job.id}
                selected={selected.has(job.id)}
                acts={acts}
              />
            );
          })}
        </ul>
      </SortableContext>
    </DndContext>
  );
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

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
import { useTranslation } from 'react-i18next';
import type { Clip } from '../../../contract/clip.ts';
import type { Job } from '../../../contract/job.ts';
import styles from './QueueRoom.module.css';
import { secondsOf } from './timeAhead.ts';
import { WaitingJob } from './WaitingJob.tsx';

/** A queue is a line: nothing is dragged out of it sideways. */
const upAndDown: Modifier = ({ transform }) => ({ ...transform, x: 0 });

/** Those that wait, in their order, which is changed by dragging with the pointer or the keyboard. */
export function WaitingList({
  jobs,
  clips,
  active,
  moveTo,
  onDragging,
  onRemove,
}: {
  jobs: readonly Job[];
  clips: readonly Clip[];
  active: string | null;
  moveTo: (id: string, place: number) => void;
  onDragging: (dragging: boolean) => void;
  onRemove: (job: Job) => void;
}) {
  const sensors = useSensors(
    useSensor(PointerSensor, { activationConstraint: { distance: 4 } }),
    useSensor(KeyboardSensor, { coordinateGetter: sortableKeyboardCoordinates }),
  );
  const accessibility = useAnnouncements(jobs);
  const ids = jobs.map(({ id }) => id);

  const drop = ({ active: dragged, over }: DragEndEvent) => {
    onDragging(false);
    const id = String(dragged.id);
    const place = over === null ? -1 : ids.indexOf(String(over.id));
    if (place >= 0 && place !== ids.indexOf(id)) moveTo(id, place);
  };
  return (
    <DndContext
      sensors={sensors}
      collisionDetection={closestCenter}
      modifiers={[upAndDown]}
      accessibility={accessibility}
      onDragStart={() => onDragging(true)}
      onDragCancel={() => onDragging(false)}
      onDragEnd={drop}
    >
      <SortableContext items={ids} strategy={verticalListSortingStrategy}>
        <ul className={styles.rows}>
          {jobs.map((job, place) => (
            <WaitingJob
              key={job.id}
              job={job}
              standing={{ place, total: jobs.length, moveTo: (to) => moveTo(job.id, to) }}
              seconds={secondsOf(job, clips)}
              active={active === job.id}
              onRemove={() => onRemove(job)}
            />
          ))}
        </ul>
      </SortableContext>
    </DndContext>
  );
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

import { useSortable } from '@dnd-kit/sortable';
import { CSS } from '@dnd-kit/utilities';
import { Check, GripVertical, Pause, Play } from 'lucide-react';
import { memo, useCallback } from 'react';
import { useTranslation } from 'react-i18next';
import type { Job } from '../../../contract/job.ts';
import { keptWords } from '../../i18n/failure.ts';
import { useFigures } from '../../i18n/index.ts';
import { Badge } from '../../ui/Badge.tsx';
import { classes } from '../../ui/classes.ts';
import { IconButton } from '../../ui/IconButton.tsx';
import { pauseJob, resumeJob } from './actions.ts';
import { JobFigures } from './JobFigures.tsx';
import { JobMenu } from './JobMenu.tsx';
import styles from './JobRow.module.css';
import { Thumbnail } from './Thumbnail.tsx';

/** What can be done with a row. The same for all of them, so that a row that has not changed is not drawn again. */
export interface RowActs {
  moveTo: (id: string, place: number) => void;
  remove: (job: Job) => void;
  /** With everything between, from the one that was selected last. */
  select: (id: string, range: boolean) => void;
}

interface Row {
  job: Job;
  place: number;
  total: number;
  /** What it will take, where that is known. */
  seconds: number | null;
  active: boolean;
  selected: boolean;
  acts: RowActs;
}

/** A job that waits for its turn or is paused. Its controls are reached by Tab only in the row that has the keyboard. */
export const WaitingJob = memo(function WaitingJob({
  top,
  measure,
  ...row
}: Row & {
  /** Where it is drawn in the list, and what is told of its height. */
  top: number;
  measure: (row: HTMLElement | null) => void;
}) {
  const { t } = useTranslation('queue');
  const { job, place, total, active, selected } = row;
  const { setNodeRef, setActivatorNodeRef, attributes, listeners, transform, transition, isDragging } = useSortable({
    id: job.id,
  });
  const ref = useCallback(
    (element: HTMLElement | null) => {
      setNodeRef(element);
      measure(element);
    },
    [setNodeRef, measure],
  );
  return (
    <li
      ref={ref}
      data-row={job.id}
      data-index={place}
      aria-posinset={place + 1}
      aria-setsize={total}
      className={classes(styles.row, styles.placed, isDragging && styles.dragged, selected && styles.selected)}
      style={{ top, transform: CSS.Translate.toString(transform), transition }}
    >
      <button
        type="button"
        ref={setActivatorNodeRef}
        className={styles.handle}
        {...attributes}
        {...listeners}
        tabIndex={active ? 0 : -1}
        data-part="handle"
        aria-label={t('handle', { prompt: job.settings.prompt })}
      >
        <GripVertical size={16} aria-hidden />
      </button>
      <Contents {...row} />
    </li>
  );
});

/** All that does not move while another row is dragged. */
const Contents = memo(function Contents({ job, place, total, seconds, active, selected, acts }: Row) {
  const { t } = useTranslation('queue');
  const { about } = useFigures();
  const { prompt, steps } = job.settings;
  const tabIndex = active ? 0 : -1;
  const paused = job.state.kind === 'paused' ? job.state : null;
  const asked = paused?.reason === 'asked';
  return (
    <>
      {/* biome-ignore lint/a11y/useSemanticElements: one that is drawn as the others are, and knows a range */}
      <button
        type="button"
        role="checkbox"
        aria-checked={selected}
        aria-label={t('select', { prompt })}
        className={styles.check}
        tabIndex={tabIndex}
        data-part="select"
        onClick={(event) => acts.select(job.id, event.shiftKey)}
      >
        {selected && <Check size={14} aria-hidden />}
      </button>
      <Thumbnail job={job} />
      <div className={styles.words}>
        <p className={styles.prompt} dir="auto">
          {prompt}
        </p>
        <JobFigures job={job} />
      </div>
      <div className={styles.state}>
        {paused ? (
          <>
            <Badge icon={Pause}>{t(pausedWords[paused.reason])}</Badge>
            {paused.kept.kind !== 'nothing' && <span className={styles.kept}>{keptWords(paused.kept, steps)}</span>}
          </>
        ) : (
          seconds !== null && <span className={styles.time}>{about(seconds)}</span>
        )}
      </div>
      <IconButton
        label={asked ? t('resume') : t('pause')}
        icon={asked ? Play : Pause}
        tabIndex={tabIndex}
        data-part="pause"
        onClick={() => void (asked ? resumeJob(job) : pauseJob(job))}
      />
      <JobMenu
        job={job}
        standing={{ place, total, moveTo: (to) => acts.moveTo(job.id, to) }}
        onRemove={() => acts.remove(job)}
        tabIndex={tabIndex}
      />
    </>
  );
});

const pausedWords = {
  asked: 'state.pausedAsked',
  queue: 'state.pausedQueue',
  interrupted: 'state.pausedInterrupted',
} as const;

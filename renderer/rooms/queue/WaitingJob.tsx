import { useSortable } from '@dnd-kit/sortable';
import { CSS } from '@dnd-kit/utilities';
import { Check, GripVertical, Pause, Play } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { Job } from '../../../contract/job.ts';
import { keptWords } from '../../i18n/failure.ts';
import { useFigures } from '../../i18n/index.ts';
import { Badge } from '../../ui/Badge.tsx';
import { classes } from '../../ui/classes.ts';
import { IconButton } from '../../ui/IconButton.tsx';
import { pauseJob, resumeJob } from './actions.ts';
import { JobFigures } from './JobFigures.tsx';
import { JobMenu, type Standing } from './JobMenu.tsx';
import styles from './JobRow.module.css';
import { Thumbnail } from './Thumbnail.tsx';

/** A job that waits for its turn or is paused. Its controls are reached by Tab only in the row that has the keyboard. */
export function WaitingJob({
  job,
  index,
  top,
  measure,
  standing,
  seconds,
  active,
  selected,
  onRemove,
  onSelect,
}: {
  job: Job;
  /** Its place in the list, and where that is drawn. */
  index: number;
  top: number;
  measure: (row: HTMLElement | null) => void;
  standing: Standing;
  /** What it will take, where that is known. */
  seconds: number | null;
  active: boolean;
  selected: boolean;
  onRemove: () => void;
  /** With everything between, from the one that was selected last. */
  onSelect: (range: boolean) => void;
}) {
  const { t } = useTranslation('queue');
  const { about } = useFigures();
  const { prompt, steps } = job.settings;
  const sortable = useSortable({ id: job.id });
  const { transform, transition, isDragging } = sortable;
  const tabIndex = active ? 0 : -1;
  const paused = job.state.kind === 'paused' ? job.state : null;
  return (
    <li
      ref={(row) => {
        sortable.setNodeRef(row);
        measure(row);
      }}
      data-row={job.id}
      data-index={index}
      aria-posinset={standing.place + 1}
      aria-setsize={standing.total}
      className={classes(styles.row, styles.placed, isDragging && styles.dragged, selected && styles.selected)}
      style={{ top, transform: CSS.Translate.toString(transform), transition }}
    >
      <button
        type="button"
        ref={sortable.setActivatorNodeRef}
        className={styles.handle}
        {...sortable.attributes}
        {...sortable.listeners}
        tabIndex={tabIndex}
        data-part="handle"
        aria-label={t('handle', { prompt })}
      >
        <GripVertical size={16} aria-hidden />
      </button>
      {/* biome-ignore lint/a11y/useSemanticElements: one that is drawn as the others are, and knows a range */}
      <button
        type="button"
        role="checkbox"
        aria-checked={selected}
        aria-label={t('select', { prompt })}
        className={styles.check}
        tabIndex={tabIndex}
        data-part="select"
        onClick={(event) => onSelect(event.shiftKey)}
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
      {paused?.reason === 'asked' ? (
        <IconButton
          label={t('resume')}
          icon={Play}
          tabIndex={tabIndex}
          data-part="pause"
          onClick={() => void resumeJob(job)}
        />
      ) : (
        <IconButton
          label={t('pause')}
          icon={Pause}
          tabIndex={tabIndex}
          data-part="pause"
          onClick={() => void pauseJob(job)}
        />
      )}
      <JobMenu job={job} standing={standing} onRemove={onRemove} tabIndex={tabIndex} />
    </li>
  );
}

const pausedWords = {
  asked: 'state.pausedAsked',
  queue: 'state.pausedQueue',
  interrupted: 'state.pausedInterrupted',
} as const;

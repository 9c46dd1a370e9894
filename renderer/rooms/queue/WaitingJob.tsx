import { useSortable } from '@dnd-kit/sortable';
import { CSS } from '@dnd-kit/utilities';
import { GripVertical, Pause, Play } from 'lucide-react';
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
  standing,
  seconds,
  active,
  onRemove,
}: {
  job: Job;
  standing: Standing;
  /** What it will take, where that is known. */
  seconds: number | null;
  active: boolean;
  onRemove: () => void;
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
      ref={sortable.setNodeRef}
      data-row={job.id}
      className={classes(styles.row, isDragging && styles.dragged)}
      style={{ transform: CSS.Translate.toString(transform), transition }}
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

import { useSortable } from '@dnd-kit/sortable';
import { CSS } from '@dnd-kit/utilities';
import type { TFunction } from 'i18next';
import { Check, Ellipsis, GripVertical, Pause, Play } from 'lucide-react';
import { memo, useCallback } from 'react';
import type { Job } from '../../../contract/job.ts';
import { keptWords } from '../../i18n/failure.ts';
import type { Figures } from '../../i18n/words.ts';
import { Badge } from '../../ui/Badge.tsx';
import { classes } from '../../ui/classes.ts';
import { IconButton } from '../../ui/IconButton.tsx';
import { pauseJob, resumeJob } from './actions.ts';
import { FiguresOf } from './JobFigures.tsx';
import styles from './JobRow.module.css';
import { Thumbnail } from './Thumbnail.tsx';

/** What can be done with a row. The same for all of them, so that a row that has not changed is not drawn again. */
export interface RowActs {
  moveTo: (id: string, place: number) => void;
  remove: (job: Job) => void;
  /** With everything between, from the one that was selected last. */
  select: (id: string, range: boolean) => void;
}

/** What the list has for all of its rows. */
export interface ListActs extends RowActs {
  t: TFunction<'queue'>;
  figures: Figures;
  /** Opens the menu of a row, or closes it. */
  menu: (id: string, anchor: HTMLElement) => void;
}

interface Row {
  job: Job;
  place: number;
  total: number;
  /** What it will take, where that is known. */
  seconds: number | null;
  active: boolean;
  selected: boolean;
  /** Its menu is open. */
  open: boolean;
  acts: ListActs;
}

/** A job that waits for its turn or is paused. Its controls are reached by Tab only in the row that has the keyboard. */
export const WaitingJob = memo(function WaitingJob({
  top,
  measure,
  ...row
}: Row & {
  /** Where it is drawn in the list, and what is told of its height. */
  top: number;
  measure: ((row: HTMLElement | null) => void) | null;
}) {
  const { job, place, total, active, selected } = row;
  const { setNodeRef, setActivatorNodeRef, attributes, listeners, transform, transition, isDragging } = useSortable({
    id: job.id,
    // Rows are as high as each other, or told of by the list itself.
    resizeObserverConfig: unobserved,
  });
  const ref = useCallback(
    (element: HTMLElement | null) => {
      setNodeRef(element);
      measure?.(element);
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
        aria-label={row.acts.t('handle', { prompt: job.settings.prompt })}
      >
        <GripVertical size={16} aria-hidden />
      </button>
      <Contents {...row} />
    </li>
  );
});

/** A job that flies by: its words, at their place, until somebody can read them. */
export function FlyingJob({ job, place, total, top }: Pick<Row, 'job' | 'place' | 'total'> & { top: number }) {
  return (
    <li
      data-row={job.id}
      aria-posinset={place + 1}
      aria-setsize={total}
      className={classes(styles.row, styles.placed, styles.flying)}
      style={{ top }}
    >
      <p className={styles.prompt} dir="auto">
        {job.settings.prompt}
      </p>
    </li>
  );
}

/** All that does not move while another row is dragged. */
const Contents = memo(function Contents({ job, seconds, active, selected, open, acts }: Row) {
  const { t, figures } = acts;
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
        <FiguresOf job={job} t={t} figures={figures} />
      </div>
      <div className={styles.state}>
        {paused ? (
          <>
            <Badge icon={Pause}>{t(pausedWords[paused.reason])}</Badge>
            {paused.kept.kind !== 'nothing' && <span className={styles.kept}>{keptWords(paused.kept, steps)}</span>}
          </>
        ) : (
          seconds !== null && <span className={styles.time}>{figures.about(seconds)}</span>
        )}
      </div>
      <IconButton
        label={asked ? t('resume') : t('pause')}
        icon={asked ? Play : Pause}
        tabIndex={tabIndex}
        data-part="pause"
        onClick={() => void (asked ? resumeJob(job) : pauseJob(job))}
      />
      <IconButton
        label={t('more', { prompt })}
        icon={Ellipsis}
        tabIndex={tabIndex}
        data-part="more"
        aria-haspopup="menu"
        aria-expanded={open}
        onClick={(event) => acts.menu(job.id, event.currentTarget)}
      />
    </>
  );
});

const unobserved = { disabled: true } as const;

const pausedWords = {
  asked: 'state.pausedAsked',
  queue: 'state.pausedQueue',
  interrupted: 'state.pausedInterrupted',
} as const;

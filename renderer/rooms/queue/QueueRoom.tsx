import { ListVideo, Pause, Play } from 'lucide-react';
import { type ReactNode, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Job } from '../../../contract/job.ts';
import { show } from '../../app/navigation.ts';
import { Room } from '../../app/Room.tsx';
import { useStudio } from '../../app/store.ts';
import { useFigures } from '../../i18n/index.ts';
import { Button } from '../../ui/Button.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { AskRemove } from './AskRemove.tsx';
import { comesBack, pauseQueue, removeJob, resumeQueue } from './actions.ts';
import { grouped } from './order.ts';
import styles from './QueueRoom.module.css';
import { RunningJob } from './RunningJob.tsx';
import { StoppedJob } from './StoppedJob.tsx';
import { timeAhead } from './timeAhead.ts';
import { useLatestClips } from './useLatestClips.ts';
import { useReorder } from './useReorder.ts';
import { useRows } from './useRows.ts';
import { WaitingList } from './WaitingList.tsx';

/** Everything that is not done: what runs, what comes next, what stopped. */
export function QueueRoom() {
  const { t } = useTranslation(['queue', 'common']);
  const jobs = useStudio((state) => state.jobs);
  const { running, waiting: known, stopped } = useMemo(() => grouped(jobs), [jobs]);
  const [waiting, moveTo] = useReorder(known);
  const clips = useLatestClips();
  const [doomed, setDoomed] = useState<Job | null>(null);
  const remove = (job: Job) => {
    if (comesBack(job)) return void removeJob(job);
    // A menu that closes gives the focus back first, so that the question can do so too.
    requestAnimationFrame(() => setTimeout(() => setDoomed(job)));
  };
  const rows = useRows({ waiting, stopped, moveTo, remove });

  return (
    <Room label={t('common:rooms.queue')}>
      <div className={styles.queue}>
        <Header jobs={jobs} left={<TimeLeft running={running} waiting={waiting} clips={clips} />} />
        {jobs.length === 0 ? (
          <Nothing />
        ) : (
          // biome-ignore lint/a11y/noStaticElementInteractions: it hears the keys of the rows' own controls
          <div ref={rows.root} onKeyDown={rows.onKeyDown} onFocus={rows.onFocus}>
            {running.length > 0 && (
              <section className={styles.group} aria-label={t('groups.running')}>
                <h2 className={styles.name}>{t('groups.running')}</h2>
                {running.map((job) => (
                  <RunningJob key={job.id} job={job} />
                ))}
              </section>
            )}
            {waiting.length > 0 && (
              <section className={styles.group} aria-label={t('groups.waiting')}>
                <h2 className={styles.name}>{t('groups.waiting')}</h2>
                <WaitingList
                  jobs={waiting}
                  clips={clips}
                  active={rows.active}
                  moveTo={moveTo}
                  onDragging={rows.setDragging}
                  onRemove={rows.removeRow}
                />
              </section>
            )}
            {stopped.length > 0 && (
              <section className={styles.group} aria-label={t('groups.stopped')}>
                <h2 className={styles.name}>{t('groups.stopped')}</h2>
                <ul className={styles.rows}>
                  {stopped.map((job) => (
                    <StoppedJob
                      key={job.id}
                      job={job}
                      active={rows.active === job.id}
                      onRemove={() => rows.removeRow(job)}
                    />
                  ))}
                </ul>
              </section>
            )}
          </div>
        )}
        <p className="visually-hidden" role="status">
          {rows.told}
        </p>
      </div>
      <AskRemove job={doomed} onClose={() => setDoomed(null)} />
    </Room>
  );
}

function Header({ jobs, left }: { jobs: readonly Job[]; left: ReactNode }) {
  const { t } = useTranslation('queue');
  const paused = useStudio((state) => state.queue.paused);
  return (
    <>
      <header className={styles.header}>
        <h1>{t('title')}</h1>
        {jobs.length > 0 && (
          <p className={styles.figures}>
            <span>{t('count', { count: jobs.length })}</span>
            {left}
          </p>
        )}
        {(jobs.length > 0 || paused) &&
          (paused ? (
            <Button variant="primary" icon={Play} onClick={() => void resumeQueue()}>
              {t('resumeQueue')}
            </Button>
          ) : (
            <Button icon={Pause} onClick={() => void pauseQueue()}>
              {t('pauseQueue')}
            </Button>
          ))}
      </header>
      {paused && (
        <div className={styles.paused} role="status">
          <Pause size={20} aria-hidden />
          <div>
            <h2>{t('pausedTitle')}</h2>
            <p>{t('pausedText')}</p>
          </div>
        </div>
      )}
    </>
  );
}

/** Drawn again by every step; the rows are not. */
function TimeLeft({
  running,
  waiting,
  clips,
}: {
  running: readonly Job[];
  waiting: readonly Job[];
  clips: Parameters<typeof timeAhead>[3];
}) {
  const { t } = useTranslation('queue');
  const { about, duration } = useFigures();
  const live = useStudio((state) => state.live);
  const going = waiting.filter(({ state }) => state.kind !== 'paused' || state.reason !== 'asked');
  const ahead = timeAhead(running, going, live, clips);
  if (ahead === null) return null;
  return (
    <span>
      {ahead.atLeast ? t('leftAtLeast', { time: duration(ahead.seconds) }) : t('left', { time: about(ahead.seconds) })}
    </span>
  );
}

function Nothing() {
  const { t } = useTranslation('queue');
  return (
    <div className={styles.nothing}>
      <EmptyState
        icon={ListVideo}
        title={t('empty.title')}
        text={t('empty.text')}
        action={
          <Button variant="primary" onClick={() => show('create')}>
            {t('empty.action')}
          </Button>
        }
      />
    </div>
  );
}

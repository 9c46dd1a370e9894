import { Clock, Ellipsis, FolderOpen, Moon, Pause, Play, Power, Save, SkipForward, TriangleAlert } from 'lucide-react';
import { useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Failure } from '../../../contract/failure.ts';
import { both, type Forecaster } from '../../../contract/forecast.ts';
import { goesOnByItself, type Job } from '../../../contract/job.ts';
import { useStudio } from '../../app/store.ts';
import { failureWords } from '../../i18n/failure.ts';
import { together, useFigures } from '../../i18n/index.ts';
import { Banner } from '../../ui/Banner.tsx';
import { Button } from '../../ui/Button.tsx';
import { IconButton } from '../../ui/IconButton.tsx';
import { Menu, type MenuItem } from '../../ui/Menu.tsx';
import { pauseQueue, resumeQueue, setWhenDone } from './actions.ts';
import { LoadQueue } from './LoadQueue.tsx';
import styles from './QueueRoom.module.css';
import { StartTime } from './StartTime.tsx';
import { saveQueue } from './saveQueue.ts';

/** What the queue is about to do, and what can be asked of it as a whole. */
export function Header({
  jobs,
  running,
  waiting,
  forecaster,
}: {
  jobs: readonly Job[];
  running: readonly Job[];
  waiting: readonly Job[];
  forecaster: Forecaster;
}) {
  const { t } = useTranslation('queue');
  const { number } = useFigures();
  const { paused, because, startAt, pausesAfterClip, whenDone } = useStudio((state) => state.queue);
  const powers = useStudio((state) => state.about?.powers ?? []);
  const toMake = running.length + waiting.length;
  const [timing, setTiming] = useState(false);
  const [loaded, setLoaded] = useState<File | null>(null);
  const file = useRef<HTMLInputElement>(null);
  const items: MenuItem[] = [
    {
      label: t('pauseAfterClip'),
      icon: SkipForward,
      disabled: paused || running.length === 0,
      run: () => void pauseQueue(true),
    },
    // A menu that closes gives the focus back first.
    {
      label: t('startAt.menu'),
      icon: Clock,
      run: () => requestAnimationFrame(() => setTimeout(() => setTiming(true))),
    },
    ...powers.map((action) => ({
      label: t(`whenDone.${action}.menu`),
      icon: action === 'sleep' ? Moon : Power,
      disabled: whenDone === action,
      run: () => void setWhenDone(action),
    })),
    'separator',
    { label: t('file.save'), icon: Save, disabled: waiting.length === 0, run: () => void saveQueue() },
    { label: t('file.load'), icon: FolderOpen, run: () => file.current?.click() },
  ];
  return (
    <>
      <header className={styles.header}>
        <h1>{t('title')}</h1>
        {toMake > 0 && (
          <p className={styles.figures}>
            <span>{t('count', { count: toMake, number: number(toMake) })}</span>
            <TimeLeft running={running} waiting={waiting} forecaster={forecaster} />
          </p>
        )}
        <div className={styles.actions}>
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
          <Menu trigger={<IconButton label={t('moreQueue')} icon={Ellipsis} />} items={items} />
        </div>
        <input
          ref={file}
          type="file"
          accept=".reelqueue,application/json"
          hidden
          onChange={(event) => {
            setLoaded(event.target.files?.[0] ?? null);
            event.target.value = '';
          }}
        />
      </header>
      {because !== null && <ByItself paused={paused} because={because} />}
      {paused && because === null && <Paused startAt={startAt} onTime={() => setTiming(true)} />}
      {pausesAfterClip && (
        <Banner tone="plain" icon={SkipForward} title={t('pausesAfterClip')}>
          <Button onClick={() => void resumeQueue()}>{t('keepGoing')}</Button>
        </Banner>
      )}
      {whenDone !== 'nothing' && (
        <Banner tone="plain" icon={whenDone === 'sleep' ? Moon : Power} title={t(`whenDone.${whenDone}.title`)}>
          <Button onClick={() => void setWhenDone('nothing')}>{t('whenDone.not')}</Button>
        </Banner>
      )}
      <StartTime open={timing} startAt={startAt} onClose={() => setTiming(false)} />
      <LoadQueue file={loaded} onClose={() => setLoaded(null)} />
    </>
  );
}

function Paused({ startAt, onTime }: { startAt: number | null; onTime: () => void }) {
  const { t } = useTranslation('queue');
  const { moment } = useFigures();
  return (
    <Banner
      icon={startAt === null ? Pause : Clock}
      title={startAt === null ? t('pausedTitle') : t('startAt.title', { time: moment(startAt) })}
      text={startAt === null ? t('pausedText') : t('startAt.text')}
    >
      {startAt !== null && <Button onClick={onTime}>{t('startAt.other')}</Button>}
    </Banner>
  );
}

/** Nobody asked for it: it says why it stands, and what to do about that. */
function ByItself({ paused, because }: { paused: boolean; because: Failure }) {
  const { t } = useTranslation(['queue', 'terms']);
  useFigures();
  const { title, particulars, action } = failureWords(because);
  return (
    <Banner
      icon={TriangleAlert}
      title={t(paused ? 'pausedItself' : 'cannotWrite')}
      text={together([t('terms:sentence', { text: title }), particulars, action])}
    />
  );
}

/** Drawn again by every step; the rows are not. */
function TimeLeft({
  running,
  waiting,
  forecaster,
}: {
  running: readonly Job[];
  waiting: readonly Job[];
  forecaster: Forecaster;
}) {
  const { t } = useTranslation('queue');
  const { about, duration, moment, number } = useFigures();
  const live = useStudio((state) => state.live);
  const queue = useStudio((state) => state.queue);
  const now = Date.now();
  // Of ten thousand that wait the sum is made once, not with every step.
  const behind = useMemo(
    () =>
      forecaster.waiting(
        waiting.filter(({ state }) => goesOnByItself(state)),
        running,
      ),
    [forecaster, running, waiting],
  );
  const { seconds, unknown } = both(forecaster.running(running, live, now), behind);
  if (seconds === 0) return unknown > 0 && <span>{t('leftUnknown')}</span>;
  // Where it stands still nobody can say when it ends, unless it is known when it begins.
  const begins = queue.startAt ?? (queue.paused ? null : now);
  return (
    <>
      <span>{unknown > 0 ? t('leftAtLeast', { time: duration(seconds) }) : t('left', { time: about(seconds) })}</span>
      {unknown > 0 && <span>{t('leftOthers', { count: unknown, number: number(unknown) })}</span>}
      {unknown === 0 && begins !== null && <span>{t('endsAt', { time: moment(begins + seconds * 1000) })}</span>}
    </>
  );
}

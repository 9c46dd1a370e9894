import { ListVideo, RotateCcw, Trash2, X } from 'lucide-react';
import { useLayoutEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Job } from '../../../contract/job.ts';
import { show } from '../../app/navigation.ts';
import { Room } from '../../app/Room.tsx';
import { useStudio } from '../../app/store.ts';
import { useFigures } from '../../i18n/index.ts';
import { Button } from '../../ui/Button.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { removeJobs, resumeJobs } from './actions.ts';
import { Header } from './Header.tsx';
import { grouped, worthTrying } from './order.ts';
import styles from './QueueRoom.module.css';
import { RunningJob } from './RunningJob.tsx';
import { StoppedJob } from './StoppedJob.tsx';
import { among, extended, nothing, type Selection, toggled } from './selection.ts';
import { useForecaster } from './useForecaster.ts';
import { useReorder } from './useReorder.ts';
import { useRows } from './useRows.ts';
import type { RowActs } from './WaitingJob.tsx';
import { WaitingList } from './WaitingList.tsx';

/** Everything that is not done: what runs, what comes next, what stopped. */
export function QueueRoom() {
  const { t } = useTranslation(['queue', 'app']);
  const jobs = useStudio((state) => state.jobs);
  const { running, waiting: known, stopped } = useMemo(() => grouped(jobs), [jobs]);
  const again = useMemo(() => worthTrying(stopped), [stopped]);
  const [waiting, moveTo] = useReorder(known);
  const forecaster = useForecaster();
  const order = useMemo(() => waiting.map(({ id }) => id), [waiting]);
  const [wanted, setSelection] = useState<Selection>(nothing);
  const selection = useMemo(() => among(wanted, order), [wanted, order]);
  const remove = (job: Job) =>
    void removeJobs(selection.ids.has(job.id) ? [...selection.ids] : [job.id]).then(() => setSelection(nothing));
  const select = (id: string, range: boolean) =>
    setSelection(range ? extended(selection, order, id) : toggled(selection, id));
  const rows = useRows({
    waiting,
    stopped,
    moveTo,
    remove,
    select: {
      toggle: (id) => select(id, false),
      extend: (from, to) =>
        setSelection(extended(selection.anchor === null ? extended(selection, order, from) : selection, order, to)),
      all: () => setSelection({ ids: new Set(order), anchor: order[0] ?? null }),
      none: () => {
        setSelection(nothing);
        return selection.ids.size > 0;
      },
    },
  });

  const acts = useSteady({ moveTo, remove: rows.removeRow, select });

  return (
    <Room label={t('app:rooms.queue')}>
      <div className={styles.queue}>
        <Header jobs={jobs} running={running} waiting={waiting} forecaster={forecaster} />
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
                {selection.ids.size > 0 && <SelectionBar selection={selection} onDone={() => setSelection(nothing)} />}
                <WaitingList
                  jobs={waiting}
                  forecaster={forecaster}
                  active={rows.active}
                  selected={selection.ids}
                  acts={acts}
                  onDragging={rows.setDragging}
                />
              </section>
            )}
            {stopped.length > 0 && (
              <section className={styles.group} aria-label={t('groups.stopped')}>
                <div className={styles.head}>
                  <h2 className={styles.name}>{t('groups.stopped')}</h2>
                  {again.length > 1 && (
                    <Button size="small" icon={RotateCcw} onClick={() => void resumeJobs(again)}>
                      {t('tryAllAgain')}
                    </Button>
                  )}
                </div>
                <ul className={styles.rows}>
                  {stopped.map((job) => (
                    <StoppedJob key={job.id} job={job} active={rows.active === job.id} onRemove={acts.remove} />
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
    </Room>
  );
}

/** The same functions from one drawing to the next, each calling what it stands for at the moment. */
function useSteady(acts: RowActs): RowActs {
  const latest = useRef(acts);
  useLayoutEffect(() => {
    latest.current = acts;
  });
  return useMemo(
    () => ({
      moveTo: (id, place) => latest.current.moveTo(id, place),
      remove: (job) => latest.current.remove(job),
      select: (id, range) => latest.current.select(id, range),
    }),
    [],
  );
}

/** What can be done with the clips that are selected. */
function SelectionBar({ selection, onDone }: { selection: Selection; onDone: () => void }) {
  const { t } = useTranslation('queue');
  const { number } = useFigures();
  const count = selection.ids.size;
  return (
    <div className={styles.selection}>
      <p role="status">{t('selected', { count, number: number(count) })}</p>
      <Button size="small" icon={Trash2} onClick={() => void removeJobs([...selection.ids]).then(onDone)}>
        {t('remove')}
      </Button>
      <Button size="small" variant="quiet" icon={X} onClick={onDone}>
        {t('selectNone')}
      </Button>
    </div>
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

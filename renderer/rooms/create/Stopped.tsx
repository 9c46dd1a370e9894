import { CircleSlash, Pause, RotateCcw, ShieldCheck, SlidersHorizontal, Trash2, TriangleAlert, X } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Job } from '../../../contract/job.ts';
import type { Kept } from '../../../contract/worker.ts';
import { client } from '../../app/client.ts';
import { told } from '../../app/told.ts';
import { failureWords, keptWords } from '../../i18n/failure.ts';
import { useFigures } from '../../i18n/index.ts';
import { Button } from '../../ui/Button.tsx';
import { Confirm } from '../../ui/Confirm.tsx';
import { changeDraft, takeAgain } from './draft.ts';
import { MemoryBars } from './MemoryBars.tsx';
import styles from './Stage.module.css';
import { Timeline } from './Timeline.tsx';
import { stoppedCourse, timeline } from './timeline.ts';
import { useExpected } from './useExpected.ts';

function Safe({ kept, steps }: { kept: Kept; steps: number }) {
  return (
    <p className={kept.kind === 'nothing' ? styles.dim : styles.safe}>
      {kept.kind !== 'nothing' && <ShieldCheck size={18} aria-hidden />}
      {keptWords(kept, steps)}
    </p>
  );
}

function Detail({ text }: { text: string }) {
  const { t } = useTranslation('create');
  if (text === '') return null;
  return (
    <details className={styles.detail}>
      <summary>{t('stopped.detail')}</summary>
      <pre>{text}</pre>
    </details>
  );
}

function Card({ icon, title, children }: { icon: ReactNode; title: string; children: ReactNode }) {
  return (
    <div className={styles.card}>
      <h2 className={styles.title}>
        {icon}
        {title}
      </h2>
      {children}
    </div>
  );
}

/** The worker failed and a fresh one takes over. */
export function Recovering({ job }: { job: Job }) {
  const { t } = useTranslation('create');
  useFigures();
  if (job.state.kind !== 'recovering') return null;
  const { title, particulars } = failureWords(job.state.failure);
  return (
    <section className={styles.place} aria-label={t('render.region')}>
      <div className={styles.stage}>
        <Card icon={<TriangleAlert size={20} className={styles.warn} aria-hidden />} title={title}>
          {particulars && <p>{particulars}</p>}
          <p className={styles.safe}>
            <ShieldCheck size={18} aria-hidden />
            {t('stopped.recovering')}
          </p>
          <p className={styles.dim}>{t('stopped.recoveringText', { attempt: job.state.attempt })}</p>
        </Card>
      </div>
      <div className={styles.foot}>
        <span />
        <Button icon={X} onClick={() => void told(client.queue.cancel({ id: job.id }))}>
          {t('render.cancel')}
        </Button>
      </div>
    </section>
  );
}

/** What would fail again as it is: only other settings help. */
const needsChange = ({ state }: Job): boolean =>
  state.kind === 'failed' && (state.failure.cause === 'bad-input' || state.failure.cause === 'bad-frames');

function Actions({ job, again, remove }: { job: Job; again: string; remove: () => void }) {
  const { t } = useTranslation('create');
  const change = () => {
    takeAgain(job);
    // The same seed would give the same frames.
    if (job.state.kind === 'failed' && job.state.failure.cause === 'bad-frames') changeDraft({ seed: null });
  };
  return (
    <div className={styles.cardActions}>
      {needsChange(job) ? (
        <Button variant="primary" icon={SlidersHorizontal} onClick={change}>
          {t('stopped.useSettings')}
        </Button>
      ) : (
        <Button variant="primary" icon={RotateCcw} onClick={() => void told(client.queue.resumeJob({ id: job.id }))}>
          {again}
        </Button>
      )}
      <Button icon={Trash2} onClick={remove}>
        {t('stopped.remove')}
      </Button>
    </div>
  );
}

/** Paused, cancelled or failed: what happened, what is safe, what to do. */
export function Stopped({ job }: { job: Job }) {
  const { t } = useTranslation('create');
  const expected = useExpected({ ...job.settings, model: job.model });
  const [asking, setAsking] = useState(false);
  const { state, settings } = job;
  if (state.kind !== 'failed' && state.kind !== 'cancelled' && state.kind !== 'paused') return null;
  const course = stoppedCourse(state, settings.steps, {});
  const remove = () => void told(client.queue.remove({ id: job.id }));
  // Only what was done is worth a question.
  const askToRemove = () => (state.kept.kind === 'nothing' ? remove() : setAsking(true));
  const failure = state.kind === 'failed' ? failureWords(state.failure) : null;
  const kept = keptWords(state.kept, settings.steps);
  return (
    <section className={styles.place} aria-label={t('render.region')}>
      <div className={styles.stage}>
        {state.kind === 'failed' && failure ? (
          <Card icon={<TriangleAlert size={20} className={styles.warn} aria-hidden />} title={failure.title}>
            {!needsChange(job) && <Safe kept={state.kept} steps={settings.steps} />}
            {state.failure.cause === 'device-memory' ? (
              <MemoryBars failure={state.failure} />
            ) : (
              failure.particulars && <p>{failure.particulars}</p>
            )}
            <p>{failure.action}</p>
            <Actions job={job} again={t('stopped.again')} remove={askToRemove} />
            <Detail text={state.failure.detail} />
          </Card>
        ) : (
          <Card
            icon={state.kind === 'paused' ? <Pause size={20} aria-hidden /> : <CircleSlash size={20} aria-hidden />}
            title={state.kind === 'paused' ? t('stopped.paused') : t('stopped.cancelled')}
          >
            <p dir="auto" className={styles.prompt}>
              {settings.prompt}
            </p>
            <Safe kept={state.kept} steps={settings.steps} />
            <Actions job={job} again={t('stopped.goOn')} remove={askToRemove} />
          </Card>
        )}
      </div>
      {course && <Timeline segments={timeline(course, expected)} live={null} />}
      <Confirm
        open={asking}
        onOpenChange={setAsking}
        title={t('stopped.removeTitle')}
        text={t('stopped.removeText', { kept })}
        action={t('stopped.remove')}
        danger
        onConfirm={remove}
      />
    </section>
  );
}

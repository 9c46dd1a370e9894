import { CircleSlash, Pause, RotateCcw } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { Job } from '../../../contract/job.ts';
import { client } from '../../app/client.ts';
import { told } from '../../app/told.ts';
import { Button } from '../../ui/Button.tsx';
import { useForecaster } from '../queue/useForecaster.ts';
import { Safe } from '../recovery/Safe.tsx';
import styles from './Stage.module.css';
import { Remove, StageCard } from './StageCard.tsx';
import { Timeline } from './Timeline.tsx';
import { stoppedCourse, timeline } from './timeline.ts';

/** Paused or cancelled: what is safe, what to do. */
export function Stopped({ job }: { job: Job }) {
  const { t } = useTranslation('create');
  const expected = useForecaster().phases(job);
  const { state, settings } = job;
  if (state.kind !== 'cancelled' && state.kind !== 'paused') return null;
  const course = stoppedCourse(state, settings.steps);
  return (
    <section className={styles.place} aria-label={t('render.region')}>
      <div className={styles.stage}>
        <StageCard
          icon={state.kind === 'paused' ? <Pause size={20} aria-hidden /> : <CircleSlash size={20} aria-hidden />}
          title={state.kind === 'paused' ? t('stopped.paused') : t('stopped.cancelled')}
        >
          <p dir="auto" className={styles.prompt}>
            {settings.prompt}
          </p>
          <Safe kept={state.kept} steps={settings.steps} />
          <div className={styles.cardActions}>
            <Button
              variant="primary"
              icon={RotateCcw}
              onClick={() => void told(client.queue.resumeJob({ id: job.id }))}
            >
              {t('stopped.goOn')}
            </Button>
            <Remove job={job} kept={state.kept} />
          </div>
        </StageCard>
      </div>
      {course && <Timeline segments={timeline(course, expected)} live={null} />}
    </section>
  );
}

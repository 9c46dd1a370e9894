import { Pause, X } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { Live } from '../../../contract/engine.ts';
import type { Job } from '../../../contract/job.ts';
import { phases } from '../../../contract/render.ts';
import { useStudio } from '../../app/store.ts';
import { failureWords } from '../../i18n/failure.ts';
import { useFigures } from '../../i18n/index.ts';
import { Button } from '../../ui/Button.tsx';
import { ProgressBar } from '../../ui/ProgressBar.tsx';
import { cancelJob, pauseJob } from './actions.ts';
import { JobFigures } from './JobFigures.tsx';
import { JobMenu } from './JobMenu.tsx';
import { PreviewStill } from './PreviewStill.tsx';
import styles from './RunningJob.module.css';

/** The job that is worked on. */
export function RunningJob({ job }: { job: Job }) {
  const { t } = useTranslation('queue');
  return (
    <article className={styles.job} aria-label={job.settings.prompt}>
      <PreviewStill job={job} />
      <div className={styles.middle}>
        <p className={styles.prompt} dir="auto">
          {job.settings.prompt}
        </p>
        <JobFigures job={job} />
        <Progress job={job} />
      </div>
      <div className={styles.actions}>
        <Button icon={Pause} onClick={() => void pauseJob(job)}>
          {t('pause')}
        </Button>
        <Button icon={X} onClick={() => void cancelJob(job)}>
          {t('cancel')}
        </Button>
        <JobMenu job={job} />
      </div>
    </article>
  );
}

function Progress({ job }: { job: Job }) {
  const { t } = useTranslation(['queue', 'common']);
  const { seconds, about } = useFigures();
  const live = useStudio((state) => (state.live?.jobId === job.id ? state.live : null));
  const recovering = job.state.kind === 'recovering' ? job.state : null;
  const counted = live?.step != null && live.of != null ? { step: live.step, of: live.of } : null;
  return (
    <div className={styles.progress}>
      {recovering && (
        <p className={styles.recovering}>
          {t('doing.recovering', { attempt: recovering.attempt })}: {failureWords(recovering.failure).title}
        </p>
      )}
      <ProgressBar label={t('progress')} value={live === null ? null : shareOf(live, job)} />
      <p className={styles.told}>
        <strong>{t(live === null ? 'doing.beginning' : `doing.${live.phase}`)}</strong>
        {counted && <span>{t(live?.phase === 'decoding' ? 'batch' : 'step', counted)}</span>}
        {live?.phase === 'denoising' && live.secondsAStep !== null && (
          <span>{t('aStep', { time: seconds(live.secondsAStep) })}</span>
        )}
        {live?.secondsLeft != null && (
          <span className={styles.left}>{t('left', { time: about(live.secondsLeft) })}</span>
        )}
      </p>
    </div>
  );
}

/** By time where it is known, else by steps; null where neither tells anything. */
function shareOf(live: Live, job: Job): number | null {
  if (live.secondsLeft !== null) {
    const spent = Object.values(live.phaseSeconds).reduce((sum, took) => sum + took, 0);
    const sofar = spent + Math.max(0, (Date.now() - live.phaseSince) / 1000);
    return sofar + live.secondsLeft > 0 ? sofar / (sofar + live.secondsLeft) : null;
  }
  if (live.phase === 'denoising' && live.step !== null) return live.step / job.settings.steps;
  return phases.indexOf(live.phase) > phases.indexOf('denoising') ? 1 : null;
}

import { Pause, TriangleAlert, X } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { Live } from '../../../contract/engine.ts';
import type { Job } from '../../../contract/job.ts';
import { phases } from '../../../contract/render.ts';
import { useStudio } from '../../app/store.ts';
import { failureWords } from '../../i18n/failure.ts';
import { useFigures } from '../../i18n/index.ts';
import { attemptWords, proposalWords } from '../../i18n/recovery.ts';
import { Button } from '../../ui/Button.tsx';
import { ProgressBar } from '../../ui/ProgressBar.tsx';
import { Countdown } from '../recovery/Countdown.tsx';
import { FailurePicture } from '../recovery/FailurePicture.tsx';
import { type Offer, offerOf } from '../recovery/offer.ts';
import { Always, RecoveryButtons } from '../recovery/RecoveryActions.tsx';
import { Safe } from '../recovery/Safe.tsx';
import { cancelJob, pauseJob } from './actions.ts';
import { JobFigures } from './JobFigures.tsx';
import { JobMenu } from './JobMenu.tsx';
import { PreviewStill } from './PreviewStill.tsx';
import styles from './RunningJob.module.css';

/** The job that is worked on. */
export function RunningJob({ job }: { job: Job }) {
  const { t } = useTranslation('queue');
  const offer = offerOf(job.state);
  return (
    <article className={styles.job} aria-label={job.settings.prompt}>
      <PreviewStill job={job} />
      <div className={styles.middle}>
        <p className={styles.prompt} dir="auto">
          {job.settings.prompt}
        </p>
        <JobFigures job={job} />
        {offer?.kind === 'countdown' ? <Counting job={job} offer={offer} /> : <Progress job={job} offer={offer} />}
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

/** It failed, and goes on by itself in a moment unless somebody says otherwise. */
function Counting({ job, offer }: { job: Job; offer: Extract<Offer, { kind: 'countdown' }> }) {
  const { t } = useTranslation('terms');
  const { failure, proposed, kept } = offer;
  useFigures();
  return (
    <div className={styles.counting}>
      <p className={styles.failed}>
        <TriangleAlert size={16} aria-hidden />
        <strong>{t('sentence', { text: failureWords(failure).title })}</strong>
      </p>
      {kept.kind !== 'nothing' && <Safe kept={kept} steps={job.settings.steps} />}
      <FailurePicture job={job} failure={failure} proposed={proposed} />
      <p>{proposalWords(proposed, job.settings.height)}</p>
      <div className={styles.buttons}>
        <RecoveryButtons job={job} offer={offer} />
        <Countdown beginsAt={offer.beginsAt} choosing={offer.choosing} />
      </div>
      <Always />
    </div>
  );
}

/** What is done differently since it failed. */
function Attempt({ job, offer }: { job: Job; offer: Offer | null }) {
  const { recoveries = [] } = job;
  const last = recoveries.at(-1);
  const text =
    offer?.kind === 'begun'
      ? attemptWords(offer.attempt, offer.recovery, job.settings.height)
      : last && attemptWords(recoveries.length + 1, last, job.settings.height);
  return text && <p className={styles.attempt}>{text}</p>;
}

function Progress({ job, offer }: { job: Job; offer: Offer | null }) {
  const { t } = useTranslation(['queue', 'terms']);
  const { seconds, about } = useFigures();
  const live = useStudio((state) => (state.live?.jobId === job.id ? state.live : null));
  const counted = live?.step != null && live.of != null ? { step: live.step, of: live.of } : null;
  return (
    <div className={styles.progress}>
      <Attempt job={job} offer={offer} />
      <ProgressBar label={t('progress')} value={live === null ? null : shareOf(live, job)} />
      <p className={styles.told}>
        <strong>{t('terms:now', { doing: t(`terms:doing.${live?.phase ?? 'none'}`) })}</strong>
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

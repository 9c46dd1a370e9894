import { useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { useFigures } from '../../i18n/index.ts';
import { useCountdown } from '../../rooms/recovery/Countdown.tsx';
import { isInLine, runningJob, useStudio } from '../store.ts';
import { batchAfter, clipOf, noBatch } from './batch.ts';

/** What is worked on: clip k of n, the step, the time left. */
export function CurrentJob() {
  const { t } = useTranslation('machine');
  const figures = useFigures();
  const jobs = useStudio((state) => state.jobs);
  const lastDone = useStudio((state) => state.lastDone?.id ?? null);
  const running = useStudio(runningJob);
  const live = useStudio((state) => state.live);
  const paused = useStudio((state) => state.queue.paused);
  const batch = useRef(noBatch);
  const beginsAt = running?.state.kind === 'recovering' ? (running.state.beginsAt ?? null) : null;
  const begins = useCountdown(beginsAt);
  batch.current = batchAfter(batch.current, jobs, lastDone);

  if (!running) {
    const count = jobs.filter(isInLine).length;
    return paused && count > 0 ? t('job.paused', { count }) : null;
  }
  const now = live?.jobId === running.id ? live : null;
  const { clip, clips } = clipOf(batch.current, jobs);
  const kind = running.state.kind;
  return (
    <>
      {clips > 1 && (
        <>
          {t('job.clip')} <strong>{t('job.clipOf', { clip, clips })}</strong> ·{' '}
        </>
      )}
      {beginsAt !== null ? (
        t('job.recovers', { time: figures.duration(begins) })
      ) : kind !== 'recovering' && now?.phase === 'denoising' && now.step !== null && now.of !== null ? (
        <>
          {t('job.step')} <strong>{t('job.stepOf', { step: now.step, of: now.of })}</strong>
        </>
      ) : (
        t(`job.phase.${kind === 'recovering' ? kind : (now?.phase ?? 'loading')}`)
      )}
      {beginsAt === null && now?.secondsLeft != null && (
        <>
          {' '}
          · <strong>{figures.duration(now.secondsLeft)}</strong> {t('job.left')}
        </>
      )}
    </>
  );
}

import { useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { useFigures } from '../../i18n/index.ts';
import { useCountdown } from '../../rooms/recovery/Countdown.tsx';
import { offerOf } from '../../rooms/recovery/offer.ts';
import { countInLine, runningJob, useStudio } from '../store.ts';
import { batchAfter, clipOf, noBatch } from './batch.ts';

/** What is worked on: clip k of n, the step, the time left. */
export function CurrentJob() {
  const { t } = useTranslation(['machine', 'terms']);
  const figures = useFigures();
  const inLine = useStudio(countInLine);
  const lastDone = useStudio((state) => state.lastDone?.id ?? null);
  const running = useStudio(runningJob);
  const live = useStudio((state) => state.live);
  const paused = useStudio((state) => state.queue.paused);
  const batch = useRef(noBatch);
  const offer = running && offerOf(running.state);
  const counting = offer?.kind === 'countdown' ? offer : null;
  const begins = useCountdown(counting);
  batch.current = batchAfter(batch.current, inLine, lastDone);

  if (!running) return paused && inLine > 0 ? t('job.paused', { count: inLine }) : null;
  const now = live?.jobId === running.id ? live : null;
  const { clip, clips } = clipOf(batch.current, inLine);
  const kind = running.state.kind;
  return (
    <>
      {clips > 1 && (
        <>
          {t('job.clip')} <strong>{t('job.clipOf', { clip, clips })}</strong> ·{' '}
        </>
      )}
      {counting !== null ? (
        <>
          {t('job.waits')}
          {begins !== null && ` · ${t('job.recovers', { time: figures.duration(begins) })}`}
        </>
      ) : kind !== 'recovering' && now?.phase === 'denoising' && now.step !== null && now.of !== null ? (
        <>
          {t('job.step')} <strong>{t('job.stepOf', { step: now.step, of: now.of })}</strong>
        </>
      ) : kind === 'recovering' ? (
        t('job.recovering')
      ) : (
        t(`terms:doing.${now?.phase ?? 'loading'}`)
      )}
      {counting === null && now?.secondsLeft != null && (
        <>
          {' '}
          · <strong>{figures.duration(now.secondsLeft)}</strong> {t('job.left')}
        </>
      )}
    </>
  );
}

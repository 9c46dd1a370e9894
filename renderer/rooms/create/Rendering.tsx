import { Pause, X } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Job } from '../../../contract/job.ts';
import { sitePaths } from '../../../contract/site.ts';
import { client } from '../../app/client.ts';
import { useStudio } from '../../app/store.ts';
import { told } from '../../app/told.ts';
import { healthWords } from '../../i18n/health.ts';
import { useFigures } from '../../i18n/index.ts';
import { attemptWords } from '../../i18n/recovery.ts';
import { Button } from '../../ui/Button.tsx';
import { useForecaster } from '../queue/useForecaster.ts';
import { PreviewCanvas } from './PreviewCanvas.tsx';
import styles from './Stage.module.css';
import { Timeline } from './Timeline.tsx';
import { courseOf, timeline } from './timeline.ts';

function Picture({ job }: { job: Job }) {
  const { t } = useTranslation(['create', 'terms']);
  const preview = useStudio((state) => (state.preview?.jobId === job.id ? state.preview : null));
  const phase = useStudio((state) => (state.live?.jobId === job.id ? state.live.phase : 'loading'));
  const wanted = useStudio((state) => state.settings.preview);
  const stepped = useStudio(({ live }) => live?.jobId === job.id && live.step !== null && live.step > 0);
  const { width, height, frames, fps, prompt } = job.settings;
  if (preview) {
    const label =
      preview.phase === 'denoising'
        ? t('render.preview', { step: preview.step, of: preview.of, prompt })
        : t('render.decoded', { count: preview.frames, of: frames, prompt });
    return <PreviewCanvas preview={preview} ratio={width / height} fps={fps} label={label} />;
  }
  // What was wanted counts when a render begins; afterwards it cannot be told from here whether pictures come.
  const words =
    phase === 'denoising'
      ? t(`render.${wanted ? (stepped ? 'previewLater' : 'noPreview') : 'previewOff'}`)
      : t('terms:now', { doing: t(`terms:doing.${phase}`) });
  return (
    <>
      {job.picture !== null && <img className={styles.dimmed} src={sitePaths.picture(job.picture)} alt="" />}
      <p className={styles.waiting}>{words}</p>
    </>
  );
}

function Left() {
  const { t } = useTranslation('create');
  const { about } = useFigures();
  const phase = useStudio((state) => state.live?.phase ?? null);
  const left = useStudio((state) => state.live?.secondsLeft ?? null);
  // How long decoding takes is unknown before the first clip of its kind.
  const toDenoise = useStudio(({ live }) =>
    live?.phase === 'denoising' && live.secondsAStep !== null && live.step !== null && live.of !== null
      ? live.secondsAStep * (live.of - live.step)
      : null,
  );
  const repairing = useStudio((state) =>
    state.notices.some((each) => each.kind === 'repairing' && each.jobId === state.live?.jobId),
  );
  if (repairing && phase === 'loading') return <p className={styles.left}>{t('render.repairing')}</p>;
  if (phase === 'finishing') return <p className={styles.left}>{t('render.almost')}</p>;
  if (left === null && toDenoise !== null) {
    return (
      <p className={styles.left}>
        <strong>{t('render.denoised', { time: about(toDenoise) })}</strong> {t('render.sharpens')}
      </p>
    );
  }
  if (left === null) {
    return (
      <p className={styles.left}>
        {phase === 'denoising' && t('render.leftUnknown')}
        {phase === 'decoding' && t('render.framesNext')}
      </p>
    );
  }
  return (
    <p className={styles.left}>
      <strong>{t('render.left', { time: about(left) })}</strong> {phase === 'denoising' && t('render.sharpens')}
    </p>
  );
}

function Course({ job }: { job: Job }) {
  const live = useStudio((state) => (state.live?.jobId === job.id ? state.live : null));
  const expected = useForecaster().phases(job);
  return live && <Timeline segments={timeline(courseOf(live), expected)} live={live} />;
}

/** What is done differently since it failed. */
function Attempt({ job }: { job: Job }) {
  useFigures();
  const { recoveries = [] } = job;
  const last = recoveries.at(-1);
  return last && <p className={styles.attempt}>{attemptWords(recoveries.length + 1, last, job.settings.height)}</p>;
}

/** What holds it up, and what to do about it. */
function Slowness() {
  const { t } = useTranslation('terms');
  const said = healthWords(useStudio((state) => state.health));
  return (
    <p role="status" className={styles.slowness}>
      {said && (
        <>
          <strong>{t('sentence', { text: said.title })}</strong> {said.text}
        </>
      )}
    </p>
  );
}

/** A clip that comes into being. */
export function Rendering({ job }: { job: Job }) {
  const { t } = useTranslation('create');
  const [stopping, setStopping] = useState(false);
  const stop = async (call: Promise<void>) => {
    setStopping(true);
    await told(call);
    setStopping(false);
  };
  return (
    <section className={styles.place} aria-label={t('render.region')}>
      <div className={styles.stage}>
        <Picture job={job} />
      </div>
      <Attempt job={job} />
      <Slowness />
      <Course job={job} />
      <div className={styles.foot}>
        {stopping ? <p className={styles.left}>{t('render.stopping')}</p> : <Left />}
        <div className={styles.actions}>
          <Button icon={Pause} disabled={stopping} onClick={() => void stop(client.queue.pauseJob({ id: job.id }))}>
            {t('render.pause')}
          </Button>
          <Button icon={X} disabled={stopping} onClick={() => void stop(client.queue.cancel({ id: job.id }))}>
            {t('render.cancel')}
          </Button>
        </div>
      </div>
    </section>
  );
}

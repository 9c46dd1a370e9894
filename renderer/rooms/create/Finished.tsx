import { Dices, Download, Library, SlidersHorizontal } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Job } from '../../../contract/job.ts';
import { sitePaths } from '../../../contract/site.ts';
import { show } from '../../app/navigation.ts';
import { useFigures } from '../../i18n/index.ts';
import { Button } from '../../ui/Button.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { toast } from '../../ui/toast.tsx';
import { draftOfJob, lacksPicture } from '../queue/draftOf.ts';
import { VariationsDialog } from '../queue/VariationsDialog.tsx';
import { takeAgain } from './draft.ts';
import styles from './Stage.module.css';
import { Timeline } from './Timeline.tsx';
import { finishedCourse, timeline } from './timeline.ts';

const still = window.matchMedia('(prefers-reduced-motion: reduce)');

/** The clip that was just made, in the place where it was watched. */
export function Finished({ job }: { job: Job }) {
  const { t } = useTranslation(['create', 'queue', 'terms']);
  const { duration } = useFigures();
  const [gone, setGone] = useState(false);
  const [varying, setVarying] = useState(false);
  if (job.state.kind !== 'done') return null;
  const { seconds, shortcut } = job.state;
  const took = { time: duration(seconds) };
  const draft = draftOfJob(job);
  const use = () => {
    takeAgain(job);
    toast({ text: t('done.usedAgain') });
  };
  return (
    <section className={styles.place} aria-label={t('done.region')}>
      <div className={styles.stage}>
        {gone ? (
          <EmptyState icon={Library} title={t('done.gone')} text={t('done.goneText')} />
        ) : (
          <video
            key={job.id}
            src={sitePaths.clip(job.id)}
            poster={sitePaths.poster(job.id)}
            autoPlay={!still.matches}
            loop
            muted
            playsInline
            controls
            aria-label={job.settings.prompt}
            // A still that is missing is told as an error too.
            onError={(event) => event.currentTarget.error !== null && setGone(true)}
          />
        )}
      </div>
      <Timeline segments={timeline(finishedCourse(job.state.phaseSeconds), null)} live={null} />
      <div className={styles.foot}>
        <p className={styles.left}>
          {shortcut === undefined
            ? t('done.took', took)
            : t('done.tookWith', { ...took, what: t(`terms:shortcuts.${shortcut}`) })}
        </p>
        <div className={styles.actions}>
          <Button icon={SlidersHorizontal} onClick={use}>
            {t('done.again')}
          </Button>
          {!lacksPicture(draft, job.settings) && (
            <Button icon={Dices} onClick={() => setVarying(true)}>
              {t('queue:repeat.menu')}
            </Button>
          )}
          {!gone && (
            <>
              <a className={styles.link} href={sitePaths.clipDownload(job.id)} download>
                <Download size={16} aria-hidden />
                {t('done.download')}
              </a>
              <Button icon={Library} onClick={() => show('library', job.id)}>
                {t('done.open')}
              </Button>
            </>
          )}
        </div>
      </div>
      <VariationsDialog open={varying} draft={draft} onClose={() => setVarying(false)} />
    </section>
  );
}

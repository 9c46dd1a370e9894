import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import type { Job } from '../../../contract/job.ts';
import { useStudio } from '../../app/store.ts';
import { useFigures, words } from '../../i18n/index.ts';
import type { Figures } from '../../i18n/words.ts';
import styles from './JobFigures.module.css';

/** What was asked for, in figures. */
export function JobFigures({ job }: { job: Job }) {
  const { t } = useTranslation('queue');
  return <FiguresOf job={job} t={t} figures={useFigures()} />;
}

/** The same for a list of thousands, which has its words from the list. */
export function FiguresOf({ job, t, figures }: { job: Job; t: TFunction<'queue'>; figures: Figures }) {
  const model = useStudio((state) => state.models.find(({ id }) => id === job.model)?.name ?? job.model);
  const { width, height, frames, fps, steps, seed } = job.settings;
  return (
    <ul className={styles.figures}>
      <li>{t('shape', { width, height })}</li>
      <li>{figures.seconds(frames / fps)}</li>
      <li>{t('steps', { count: steps })}</li>
      <li>{t('seed', { seed })}</li>
      {job.memoryLimit !== undefined && <li>{t('memoryLimit', { bytes: figures.bytes(job.memoryLimit) })}</li>}
      {job.shortcut !== undefined && <li>{t('shortcut', { what: words(`terms:shortcuts.${job.shortcut}`) })}</li>}
      <li className={styles.model}>{model}</li>
    </ul>
  );
}

import { useTranslation } from 'react-i18next';
import type { Job } from '../../../contract/job.ts';
import { useStudio } from '../../app/store.ts';
import { useFigures } from '../../i18n/index.ts';
import styles from './JobFigures.module.css';

/** What was asked for, in figures. */
export function JobFigures({ job }: { job: Job }) {
  const { t } = useTranslation('queue');
  const { seconds, bytes } = useFigures();
  const model = useStudio((state) => state.models.find(({ id }) => id === job.model)?.name ?? job.model);
  const { width, height, frames, fps, steps, seed } = job.settings;
  return (
    <ul className={styles.figures}>
      <li>{t('shape', { width, height })}</li>
      <li>{seconds(frames / fps)}</li>
      <li>{t('steps', { count: steps })}</li>
      <li>{t('seed', { seed })}</li>
      {job.memoryLimit !== undefined && <li>{t('memoryLimit', { bytes: bytes(job.memoryLimit) })}</li>}
      <li className={styles.model}>{model}</li>
    </ul>
  );
}

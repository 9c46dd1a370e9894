import { useTranslation } from 'react-i18next';
import type { Job } from '../../../contract/job.ts';
import { useStudio } from '../../app/store.ts';
import { classes } from '../../ui/classes.ts';
import styles from './PreviewStill.module.css';
import { Still } from './Still.tsx';
import { Thumbnail } from './Thumbnail.tsx';

/** What the clip roughly shows by now. Only this is drawn again by a preview. */
export function PreviewStill({ job }: { job: Job }) {
  const { t } = useTranslation('queue');
  const preview = useStudio((state) => (state.preview?.jobId === job.id ? state.preview : null));
  return (
    <div className={classes(styles.frame, preview !== null && styles.stage)}>
      {preview === null ? (
        <Thumbnail job={job} large />
      ) : (
        <Still
          preview={preview}
          role="img"
          aria-label={
            preview.phase === 'denoising'
              ? t('preview', { step: preview.step, of: preview.of })
              : t('decoded', { count: preview.frames, of: job.settings.frames })
          }
        />
      )}
    </div>
  );
}

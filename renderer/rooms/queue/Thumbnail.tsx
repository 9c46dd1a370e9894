import { ImageOff, Type } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Job } from '../../../contract/job.ts';
import { sitePaths } from '../../../contract/site.ts';
import { classes } from '../../ui/classes.ts';
import { draftOfJob } from './draftOf.ts';
import styles from './Thumbnail.module.css';

/** The picture that a clip starts from; for one made from words, a frame of its shape. */
export function Thumbnail({ job, large = false }: { job: Job; large?: boolean }) {
  const { picture } = draftOfJob(job);
  return picture === null ? <Shape job={job} large={large} /> : <Start job={job} picture={picture} large={large} />;
}

function Start({ job, picture, large }: { job: Job; picture: string; large: boolean }) {
  const { t } = useTranslation('queue');
  const [lost, setLost] = useState(false);
  if (lost) return <Shape job={job} large={large} />;
  return (
    <span className={classes(styles.frame, large && styles.large)}>
      <img src={sitePaths.picture(picture)} alt={t('fromPicture')} loading="lazy" onError={() => setLost(true)} />
    </span>
  );
}

function Shape({ job, large }: { job: Job; large: boolean }) {
  const { width, height, image } = job.settings;
  const Icon = image === null ? Type : ImageOff;
  const tall = height > width;
  return (
    <span className={classes(styles.frame, large && styles.large)} aria-hidden>
      <span
        className={styles.shape}
        style={{ aspectRatio: `${width} / ${height}`, ...(tall ? { height: '100%' } : { width: '100%' }) }}
      >
        <Icon size={large ? 28 : 16} strokeWidth={large ? 1.5 : 2} />
      </span>
    </span>
  );
}

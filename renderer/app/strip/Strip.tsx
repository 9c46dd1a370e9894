import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { placeHash } from '../navigation.ts';
import { CurrentJob } from './CurrentJob.tsx';
import { startFeed } from './feed.ts';
import { Gauges } from './Gauges.tsx';
import styles from './Strip.module.css';

/** Always in sight: what the machine does and what it works on. Leads to Machine. */
export function Strip() {
  const { t } = useTranslation('machine');
  useEffect(startFeed, []);
  return (
    <a className={styles.strip} href={placeHash('machine')} title={t('stripOpen')}>
      <span className={styles.gauges}>
        <Gauges />
      </span>
      <span className={styles.job}>
        <CurrentJob />
      </span>
    </a>
  );
}

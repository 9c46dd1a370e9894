import { useTranslation } from 'react-i18next';
import type { Failure } from '../../../contract/failure.ts';
import { useFigures } from '../../i18n/index.ts';
import styles from './MemoryBars.module.css';

/** What was needed against what there was; nothing where the driver did not say. */
export function MemoryBars({ failure }: { failure: Extract<Failure, { cause: 'device-memory' }> }) {
  const { t } = useTranslation('create');
  const { bytes } = useFigures();
  const { requestedBytes, allocatedBytes, reservedBytes, freeBytes } = failure;
  if (requestedBytes === null || freeBytes === null) return null;
  const held = reservedBytes ?? allocatedBytes ?? 0;
  const needed = held + requestedBytes;
  const there = held + freeBytes;
  const most = Math.max(needed, there, 1);
  const rows = [
    { name: t('stopped.needed'), value: needed, style: styles.needed },
    { name: t('stopped.there'), value: there, style: styles.there },
  ];
  return (
    <dl className={styles.bars}>
      {rows.map(({ name, value, style }) => (
        <div key={name} className={styles.row}>
          <dt>{name}</dt>
          <dd className={styles.track} aria-hidden>
            <span className={style} style={{ width: `${(100 * value) / most}%` }} />
          </dd>
          <dd className={styles.value}>{bytes(value)}</dd>
        </div>
      ))}
    </dl>
  );
}

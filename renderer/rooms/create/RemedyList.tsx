import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Remedy } from '../../../contract/plan.ts';
import { useFigures } from '../../i18n/index.ts';
import { Button } from '../../ui/Button.tsx';
import styles from './FitMeter.module.css';

/** Changes of the settings with which a clip fits, each with the time it then takes. */
export function RemedyList({
  remedies,
  fps,
  onTake,
}: {
  remedies: readonly Remedy[];
  fps: number;
  /** `label` is what the button said. */
  onTake: (remedy: Remedy, label: string) => void;
}): ReactNode {
  const { t } = useTranslation('plan');
  const { bytes, about, seconds } = useFigures();
  const labelOf = ({ change }: Remedy): string => {
    switch (change.kind) {
      case 'frames':
        return t('remedy.frames', { length: seconds(change.frames / fps) });
      case 'size':
        return t('remedy.size', { width: change.width, height: change.height });
      case 'both':
        return t('remedy.both', { ...change, length: seconds(change.frames / fps) });
      case 'memory-limit':
        return t('remedy.memory-limit', { bytes: bytes(change.bytes) });
      case 'close-others':
        return t('remedy.close-others', { bytes: bytes(change.bytes) });
    }
  };
  return (
    <ul className={styles.remedies}>
      {remedies.map((remedy) => {
        const label = labelOf(remedy);
        return (
          <li key={remedy.change.kind}>
            {/* That is done elsewhere. */}
            {remedy.change.kind === 'close-others' ? (
              <p className={styles.note}>{label}</p>
            ) : (
              <Button size="small" onClick={() => onTake(remedy, label)}>
                {label} · {about(remedy.seconds)}
              </Button>
            )}
          </li>
        );
      })}
    </ul>
  );
}

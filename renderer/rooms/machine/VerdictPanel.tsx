import { Gauge } from 'lucide-react';
import { useStudio } from '../../app/store.ts';
import { healthWords } from '../../i18n/health.ts';
import { useFigures } from '../../i18n/index.ts';
import styles from './VerdictPanel.module.css';

/** What the readings say about the render, in words; nothing when they say nothing. */
export function VerdictPanel() {
  useFigures();
  const said = healthWords(useStudio((state) => state.health));
  // The place stays, so that a verdict is read out when it comes.
  return (
    <div role="status">
      {said && (
        <div className={styles.verdict}>
          <Gauge size={20} aria-hidden className={styles.icon} />
          <div>
            <p className={styles.title}>{said.title}</p>
            <p className={styles.text}>{said.text}</p>
          </div>
        </div>
      )}
    </div>
  );
}

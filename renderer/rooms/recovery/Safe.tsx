import { ShieldCheck } from 'lucide-react';
import type { Kept } from '../../../contract/worker.ts';
import { keptWords } from '../../i18n/failure.ts';
import styles from './Recovery.module.css';

/** What a clip goes on from. */
export function Safe({ kept, steps }: { kept: Kept; steps: number }) {
  const words = keptWords(kept, steps);
  if (kept.kind === 'nothing') return <p className={styles.nothing}>{words}</p>;
  return (
    <p className={styles.safe}>
      <ShieldCheck size={16} aria-hidden />
      {words}
    </p>
  );
}

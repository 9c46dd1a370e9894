import { TriangleAlert } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { Verdict } from '../../../contract/plan.ts';
import { useFigures } from '../../i18n/index.ts';
import { classes } from '../../ui/classes.ts';
import { verdictIcons } from '../verdictIcons.ts';
import styles from './Verdict.module.css';

/** Whether it fits on this machine: a word and an icon, on pictures and beside them. */
export function VerdictMark({ verdict }: { verdict: Verdict }) {
  const { t } = useTranslation('plan');
  if (verdict.kind === 'unknown') return null;
  const Icon = verdictIcons[verdict.kind];
  return (
    <span className={classes(styles.mark, styles[verdict.kind === 'too-large' ? 'tooLarge' : verdict.kind])}>
      <Icon size={14} aria-hidden />
      {t(`verdict.${verdict.kind}`)}
    </span>
  );
}

export function MissingMark() {
  const { t } = useTranslation('presets');
  return (
    <span className={classes(styles.mark, styles.tight)}>
      <TriangleAlert size={14} aria-hidden />
      {t('missing')}
    </span>
  );
}

/** What it takes here: memory of the card, and time. */
export function VerdictFigures({ verdict }: { verdict: Verdict | null }) {
  const { about, bytes } = useFigures();
  if (verdict?.kind !== 'fits' && verdict?.kind !== 'tight') return null;
  return (
    <>
      {verdict.deviceNeed !== null && <span>{bytes(verdict.deviceNeed)}</span>}
      <span>{about(verdict.seconds)}</span>
    </>
  );
}

import { useTranslation } from 'react-i18next';
import { countdownMs } from '../../../contract/recovery.ts';
import { useFigures } from '../../i18n/index.ts';
import { useSecondsTo } from '../../ui/useSecondsTo.ts';
import styles from './Recovery.module.css';

const whole = countdownMs / 1000;

interface Counting {
  beginsAt: number;
  choosing: boolean;
}

/**
 * Seconds until a recovery begins by itself, null while it stands because somebody chooses. The clock of another machine
 * may be wrong.
 */
export function useCountdown(counting: Counting | null): number | null {
  const left = useSecondsTo(counting?.beginsAt ?? null) ?? 0;
  return counting?.choosing && left > whole ? null : Math.min(left, whole);
}

const size = 24;
const around = 2 * Math.PI * 10;

/** Seen by those who look; those who listen are told once, when it begins. */
export function Countdown(counting: Counting) {
  const { t } = useTranslation('recovery');
  const { duration } = useFigures();
  const left = useCountdown(counting);
  if (left === null) return <p className={styles.countdown}>{t('stands')}</p>;
  return (
    <p className={styles.countdown}>
      <svg width={size} height={size} viewBox={`0 0 ${size} ${size}`} aria-hidden>
        <circle cx="12" cy="12" r="10" className={styles.ring} />
        <circle
          cx="12"
          cy="12"
          r="10"
          className={styles.left}
          strokeDasharray={around}
          strokeDashoffset={around * (1 - left / whole)}
          transform="rotate(-90 12 12)"
        />
      </svg>
      <span>{t('goesOn', { time: duration(left) })}</span>
    </p>
  );
}

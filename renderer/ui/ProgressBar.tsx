import { Progress } from 'radix-ui';
import { classes } from './classes.ts';
import styles from './ProgressBar.module.css';

/** `value` from 0 to 1; null while nobody knows. */
export function ProgressBar({ label, value }: { label: string; value: number | null }) {
  const share = value === null ? null : Math.min(Math.max(value, 0), 1);
  return (
    <Progress.Root
      className={styles.bar}
      aria-label={label}
      max={1}
      value={share}
      getValueLabel={(part) => `${Math.round(part * 100)} %`}
    >
      <Progress.Indicator
        className={classes(styles.done, share === null && styles.unknown)}
        style={share === null ? undefined : { transform: `translateX(${(share - 1) * 100}%)` }}
      />
    </Progress.Root>
  );
}

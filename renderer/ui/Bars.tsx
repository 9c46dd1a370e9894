import styles from './Bars.module.css';
import { classes } from './classes.ts';

interface Bar {
  key: string;
  label: string;
  value: string;
  /** Of the picture's width, from 0 to 1. */
  share: number;
  /** A token such as "--ours". */
  colour: string;
  /** More than there is. */
  over?: boolean;
}

/** Amounts below each other on one scale. `line`, from 0 to 1, is where what there is ends; null where nothing does. */
export function Bars({ label, bars, line = null }: { label: string; bars: readonly Bar[]; line?: number | null }) {
  return (
    <dl className={styles.bars} aria-label={label}>
      {bars.map(({ key, label: name, value, share, colour, over = false }) => (
        <div key={key} className={styles.row}>
          <dt>{name}</dt>
          <dd className={styles.track} aria-hidden>
            <span
              className={classes(styles.bar, over && styles.over)}
              style={{ width: `${100 * share}%`, backgroundColor: `var(${colour})` }}
            />
            {line !== null && line < 1 && (
              <span className={styles.line} style={{ insetInlineStart: `${100 * line}%` }} />
            )}
          </dd>
          <dd className={styles.value}>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

import { type ReactNode, useId } from 'react';
import styles from './Field.module.css';

export interface FieldText {
  label: string;
  /** Said to everyone, shown to nobody, where the place itself says it. */
  hideLabel?: boolean;
  hint?: ReactNode;
  error?: ReactNode;
  /** At the right end of the label's line: a value, a small button. */
  aside?: ReactNode;
}

/** What a control takes over, so that its label, hint and error belong to it. */
export interface FieldControl {
  id: string;
  'aria-labelledby': string;
  'aria-describedby': string | undefined;
  'aria-invalid': true | undefined;
}

export function Field({
  label,
  hideLabel = false,
  hint,
  error,
  aside,
  children,
}: FieldText & { children: (control: FieldControl) => ReactNode }) {
  const id = useId();
  const below = error ?? hint;
  return (
    <div className={styles.field}>
      <div className={hideLabel && !aside ? 'visually-hidden' : styles.head}>
        <label id={`${id}-label`} htmlFor={id} className={hideLabel ? 'visually-hidden' : styles.label}>
          {label}
        </label>
        {aside && <span className={styles.aside}>{aside}</span>}
      </div>
      {children({
        id,
        'aria-labelledby': `${id}-label`,
        'aria-describedby': below ? `${id}-below` : undefined,
        'aria-invalid': error ? true : undefined,
      })}
      {below && (
        <p id={`${id}-below`} className={error ? styles.error : styles.hint} role={error ? 'alert' : undefined}>
          {below}
        </p>
      )}
    </div>
  );
}

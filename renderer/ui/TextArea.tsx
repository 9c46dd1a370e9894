import type { ComponentProps } from 'react';
import { classes } from './classes.ts';
import { Field, type FieldText } from './Field.tsx';
import styles from './TextArea.module.css';

/** Grows with what is written in it, up to a point; each paragraph finds its own direction. */
export function TextArea({
  label,
  hideLabel = false,
  hint,
  error,
  aside,
  bare = false,
  value,
  onChange,
  ...rest
}: FieldText & { value: string; onChange: (value: string) => void; bare?: boolean } & Omit<
    ComponentProps<'textarea'>,
    'value' | 'onChange' | 'id'
  >) {
  return (
    <Field label={label} hideLabel={hideLabel} hint={hint} error={error} aside={aside}>
      {(control) => (
        // The copy behind it has the text's height; the area takes the size of its cell.
        <div className={classes(styles.grow, bare && styles.bare)} data-copy={`${value}\n`}>
          <textarea
            dir="auto"
            rows={1}
            value={value}
            onChange={(event) => onChange(event.target.value)}
            {...control}
            {...rest}
          />
        </div>
      )}
    </Field>
  );
}

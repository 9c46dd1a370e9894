import type { ComponentProps } from 'react';
import { Field, type FieldText } from './Field.tsx';
import styles from './Input.module.css';

export function TextInput({
  label,
  hideLabel = false,
  hint,
  error,
  value,
  onChange,
  ...rest
}: FieldText & { value: string; onChange: (value: string) => void } & Omit<
    ComponentProps<'input'>,
    'value' | 'onChange' | 'id'
  >) {
  return (
    <Field label={label} hideLabel={hideLabel} hint={hint} error={error}>
      {(control) => (
        <input
          type="text"
          dir="auto"
          className={styles.input}
          value={value}
          onChange={(event) => onChange(event.target.value)}
          {...control}
          {...rest}
        />
      )}
    </Field>
  );
}

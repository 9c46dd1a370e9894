import { Check, ChevronDown, type LucideIcon } from 'lucide-react';
import { Select as Radix } from 'radix-ui';
import type { ReactNode } from 'react';
import { Field, type FieldText } from './Field.tsx';
import { styleNonce } from './nonce.ts';
import styles from './Select.module.css';

export interface Option<Value extends string> {
  value: Value;
  label: string;
  /** In faint letters behind the label. */
  detail?: ReactNode;
  /** A line below the label, in the list only. */
  note?: ReactNode;
  disabled?: boolean;
}

export function Select<Value extends string>({
  value,
  options,
  onChange,
  icon: Icon,
  placeholder,
  disabled = false,
  ...text
}: FieldText & {
  /** Null when none of the options is the case: the placeholder is shown. */
  value: Value | null;
  options: readonly Option<Value>[];
  onChange: (value: Value) => void;
  icon?: LucideIcon;
  placeholder?: string;
  disabled?: boolean;
}) {
  const chosen = options.find((option) => option.value === value);
  return (
    <Field {...text}>
      {(control) => (
        <Radix.Root value={value ?? ''} onValueChange={(next) => onChange(next as Value)} disabled={disabled}>
          <Radix.Trigger className={styles.trigger} {...control}>
            {Icon && <Icon size={16} className={styles.icon} aria-hidden />}
            <span className={styles.shown}>
              <span className={styles.value}>
                <Radix.Value placeholder={placeholder}>{chosen?.label}</Radix.Value>
              </span>
              {chosen?.detail && <span className={styles.detail}>{chosen.detail}</span>}
            </span>
            <ChevronDown size={16} className={styles.icon} aria-hidden />
          </Radix.Trigger>
          <Radix.Portal>
            <Radix.Content className={styles.list} position="popper" sideOffset={4} collisionPadding={8}>
              <Radix.Viewport {...(styleNonce === undefined ? {} : { nonce: styleNonce })}>
                {options.map((option) => (
                  <Radix.Item
                    key={option.value}
                    value={option.value}
                    className={styles.option}
                    disabled={option.disabled ?? false}
                  >
                    <span className={styles.words}>
                      <span className={styles.line}>
                        <Radix.ItemText>{option.label}</Radix.ItemText>
                        {option.detail && <span className={styles.detail}>{option.detail}</span>}
                      </span>
                      {option.note && <span className={styles.note}>{option.note}</span>}
                    </span>
                    <Radix.ItemIndicator>
                      <Check size={16} aria-hidden />
                    </Radix.ItemIndicator>
                  </Radix.Item>
                ))}
              </Radix.Viewport>
            </Radix.Content>
          </Radix.Portal>
        </Radix.Root>
      )}
    </Field>
  );
}

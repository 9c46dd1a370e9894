import type { LucideIcon } from 'lucide-react';
import { ToggleGroup as Radix } from 'radix-ui';
import styles from './Segmented.module.css';

/** One of a few, all in sight. */
export function Segmented<Value extends string>({
  label,
  value,
  options,
  onChange,
}: {
  /** Said, not shown. */
  label: string;
  value: Value;
  options: readonly { value: Value; label: string; icon?: LucideIcon }[];
  onChange: (value: Value) => void;
}) {
  return (
    <Radix.Root
      type="single"
      className={styles.group}
      aria-label={label}
      value={value}
      onValueChange={(next) => next && onChange(next as Value)}
    >
      {options.map((option) => (
        <Radix.Item key={option.value} value={option.value} className={styles.item}>
          {option.icon && <option.icon size={16} aria-hidden />}
          {option.label}
        </Radix.Item>
      ))}
    </Radix.Root>
  );
}

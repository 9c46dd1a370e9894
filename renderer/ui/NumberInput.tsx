import { ChevronDown, ChevronUp } from 'lucide-react';
import { type KeyboardEvent, type ReactNode, useState } from 'react';
import { Field, type FieldText } from './Field.tsx';
import styles from './Input.module.css';
import { numberText, readNumber, steppedNumber } from './number.ts';

/** What is typed counts when the field is left or Enter is pressed; what cannot be goes to the nearest that can. */
export function NumberInput({
  value,
  placeholder,
  onChange,
  min,
  max,
  step = 1,
  suffix,
  actions,
  steppers = true,
  disabled = false,
  ...text
}: FieldText & {
  /** Null when there is none: the placeholder is shown. */
  value: number | null;
  placeholder?: string;
  onChange: (value: number) => void;
  min: number;
  max: number;
  step?: number;
  /** A word or unit behind the figure. */
  suffix?: ReactNode;
  /** Small buttons inside the field. */
  actions?: ReactNode;
  steppers?: boolean;
  disabled?: boolean;
}) {
  const [typed, setTyped] = useState<string | null>(null);
  const range = { min, max, step };

  const commit = () => {
    if (typed === null) return;
    const read = readNumber(typed, range);
    setTyped(null);
    if (read !== null && read !== value) onChange(read);
  };
  const move = (steps: number) => {
    const base = (typed === null ? value : readNumber(typed, range)) ?? value ?? min;
    setTyped(null);
    onChange(steppedNumber(base, steps, range));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Enter') return commit();
    if (event.key === 'Escape' && typed !== null) {
      event.stopPropagation();
      return setTyped(null);
    }
    const steps = { ArrowUp: 1, ArrowDown: -1, PageUp: 10, PageDown: -10 }[event.key];
    if (steps === undefined) return;
    event.preventDefault();
    move(steps * (event.shiftKey ? 10 : 1));
  };

  return (
    <Field {...text}>
      {(control) => (
        <div className={styles.box}>
          <input
            type="text"
            inputMode="decimal"
            role="spinbutton"
            autoComplete="off"
            aria-valuenow={value ?? undefined}
            aria-valuetext={value === null ? placeholder : undefined}
            placeholder={placeholder}
            aria-valuemin={min}
            aria-valuemax={max}
            value={typed ?? (value === null ? '' : numberText(value, step))}
            disabled={disabled}
            onChange={(event) => setTyped(event.target.value)}
            onFocus={(event) => event.target.select()}
            onBlur={commit}
            onKeyDown={onKeyDown}
            {...control}
          />
          {suffix && <span className={styles.suffix}>{suffix}</span>}
          {actions}
          {steppers && (
            <span className={styles.steppers} aria-hidden>
              <button
                type="button"
                tabIndex={-1}
                disabled={disabled || (value !== null && value >= max)}
                onClick={() => move(1)}
              >
                <ChevronUp size={12} />
              </button>
              <button
                type="button"
                tabIndex={-1}
                disabled={disabled || (value !== null && value <= min)}
                onClick={() => move(-1)}
              >
                <ChevronDown size={12} />
              </button>
            </span>
          )}
        </div>
      )}
    </Field>
  );
}

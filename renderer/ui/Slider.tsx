import { Slider as Radix } from 'radix-ui';
import { Field, type FieldText } from './Field.tsx';
import styles from './Slider.module.css';

export function Slider({
  value,
  onChange,
  min,
  max,
  step = 1,
  valueText,
  disabled = false,
  ...text
}: Omit<FieldText, 'aside'> & {
  value: number;
  onChange: (value: number) => void;
  min: number;
  max: number;
  step?: number;
  /** The value in words, at the right and for those who listen. */
  valueText: string;
  disabled?: boolean;
}) {
  return (
    <Field {...text} aside={<output>{valueText}</output>}>
      {({ id, ...control }) => (
        <Radix.Root
          id={id}
          className={styles.slider}
          value={[value]}
          min={min}
          max={max}
          step={step}
          disabled={disabled}
          onValueChange={([next]) => next !== undefined && onChange(next)}
        >
          <Radix.Track className={styles.track}>
            <Radix.Range className={styles.range} />
          </Radix.Track>
          <Radix.Thumb className={styles.thumb} aria-valuetext={valueText} {...control} />
        </Radix.Root>
      )}
    </Field>
  );
}

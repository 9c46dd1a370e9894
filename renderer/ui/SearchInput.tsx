import { Search, X } from 'lucide-react';
import { type ComponentProps, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { IconButton } from './IconButton.tsx';
import styles from './Input.module.css';

/** Its label is said, not shown; Escape empties it. */
export function SearchInput({
  label,
  value,
  onChange,
  ...rest
}: { label: string; value: string; onChange: (value: string) => void } & Omit<
  ComponentProps<'input'>,
  'value' | 'onChange' | 'ref'
>) {
  const { t } = useTranslation('terms');
  const input = useRef<HTMLInputElement>(null);
  const clear = () => {
    onChange('');
    input.current?.focus();
  };
  return (
    <div className={styles.search}>
      <Search size={16} aria-hidden />
      <input
        ref={input}
        type="search"
        dir="auto"
        aria-label={label}
        placeholder={label}
        className={styles.input}
        value={value}
        onChange={(event) => onChange(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Escape' || value === '') return;
          event.stopPropagation();
          clear();
        }}
        {...rest}
      />
      {value !== '' && (
        <IconButton className={styles.clear} size="small" label={t('clearSearch')} icon={X} onClick={clear} />
      )}
    </div>
  );
}

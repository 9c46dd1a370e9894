import { Star } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { rating as limits } from '../../../contract/clip.ts';
import { classes } from '../../ui/classes.ts';
import styles from './Stars.module.css';

const places = Array.from({ length: limits.max }, (_, index) => index + 1);

/** Stars to be given. Pressing the last one that shines takes them all away. */
export function Stars({ value, onChange }: { value: number; onChange: (value: number) => void }) {
  const { t } = useTranslation('library');
  return (
    <fieldset className={styles.stars} aria-label={t('rating.label')}>
      {places.map((place) => (
        <button
          key={place}
          type="button"
          className={classes(styles.star, place <= value && styles.on)}
          aria-label={t('rating.stars', { count: place })}
          aria-pressed={place === value}
          onClick={() => onChange(place === value ? 0 : place)}
        >
          <Star size={16} aria-hidden />
        </button>
      ))}
    </fieldset>
  );
}

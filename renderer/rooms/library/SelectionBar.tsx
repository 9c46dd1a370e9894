import { RotateCcw, Star, Trash2, X } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { useFigures } from '../../i18n/index.ts';
import { Button } from '../../ui/Button.tsx';
import { deleteClips, restoreClips, star } from './actions.ts';
import styles from './SelectionBar.module.css';
import { nothingSelected } from './selection.ts';
import { library, useLibrary } from './useLibrary.ts';

/** What can be done with the clips that are selected. It takes the place of the views. */
export function SelectionBar({ onPurge }: { onPurge: (ids: readonly string[]) => void }) {
  const { t } = useTranslation('library');
  const { number } = useFigures();
  const ids = useLibrary((state) => state.selection.ids);
  const deleted = useLibrary((state) => state.query.deleted);
  const all = [...ids];
  return (
    <section className={styles.bar} aria-label={t('selected', { count: ids.size, number: number(ids.size) })}>
      <p className={styles.count} role="status">
        {t('selected', { count: ids.size, number: number(ids.size) })}
      </p>
      <div className={styles.actions}>
        {deleted ? (
          <>
            <Button size="small" icon={RotateCcw} onClick={() => void restoreClips(all)}>
              {t('restore')}
            </Button>
            <Button size="small" icon={Trash2} onClick={() => onPurge(all)}>
              {t('purge')}
            </Button>
          </>
        ) : (
          <>
            <Button size="small" icon={Star} onClick={() => void star(all, true)}>
              {t('star')}
            </Button>
            <Button size="small" icon={Trash2} onClick={() => void deleteClips(all)}>
              {t('delete')}
            </Button>
          </>
        )}
        <Button size="small" variant="quiet" icon={X} onClick={() => library.select(nothingSelected)}>
          {t('selectNone')}
        </Button>
      </div>
    </section>
  );
}

import { Columns2, FolderMinus, FolderPlus, RotateCcw, Trash2, X } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { show } from '../../app/navigation.ts';
import { useFigures } from '../../i18n/index.ts';
import { Button } from '../../ui/Button.tsx';
import { Menu } from '../../ui/Menu.tsx';
import { deleteClips, rate, restoreClips } from './actions.ts';
import { beginCollection, putInto, takeOut } from './collecting.ts';
import { comparing } from './compared.ts';
import { NameDialog } from './NameDialog.tsx';
import styles from './SelectionBar.module.css';
import { Stars } from './Stars.tsx';
import { nothingSelected } from './selection.ts';
import { useKnown } from './useCollections.ts';
import { library, useLibrary } from './useLibrary.ts';

/** What can be done with the clips that are selected. It takes the place of the views. */
export function SelectionBar({ onPurge }: { onPurge: (ids: readonly string[]) => void }) {
  const { t } = useTranslation('library');
  const { number } = useFigures();
  const ids = useLibrary((state) => state.selection.ids);
  const deleted = useLibrary((state) => state.query.deleted);
  const collections = useKnown((state) => state.collections);
  const chosen = useLibrary((state) => state.query.collection);
  const inside = collections.find(({ id }) => id === chosen);
  const [naming, setNaming] = useState(false);
  const all = [...ids];
  const [first, second] = all;
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
            <Stars value={0} onChange={(stars) => void rate(all, stars)} />
            <Menu
              align="start"
              trigger={
                <Button size="small" icon={FolderPlus}>
                  {t('collection.addTo')}
                </Button>
              }
              items={[
                ...collections.map((each) => ({ label: each.name, run: () => void putInto(each, all) })),
                ...(collections.length > 0 ? (['separator'] as const) : []),
                { label: t('collection.new'), icon: FolderPlus, run: () => setNaming(true) },
              ]}
            />
            {first !== undefined && second !== undefined && all.length === 2 && (
              <Button size="small" icon={Columns2} onClick={() => show('library', comparing(first, second))}>
                {t('compare.action')}
              </Button>
            )}
            {inside && (
              <Button size="small" icon={FolderMinus} onClick={() => void takeOut(inside, all)}>
                {t('collection.takeOut')}
              </Button>
            )}
            <Button size="small" icon={Trash2} onClick={() => void deleteClips(all)}>
              {t('delete')}
            </Button>
          </>
        )}
        <Button size="small" variant="quiet" icon={X} onClick={() => library.select(nothingSelected)}>
          {t('selectNone')}
        </Button>
      </div>
      <NameDialog
        open={naming}
        title={t('collection.new')}
        name=""
        action={t('collection.newAction')}
        onClose={() => setNaming(false)}
        onName={(name) => void beginCollection(name, all)}
      />
    </section>
  );
}

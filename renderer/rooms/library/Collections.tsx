import { FolderPlus, Pencil, Trash2 } from 'lucide-react';
import { type DragEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Collection } from '../../../contract/clip.ts';
import { useFigures } from '../../i18n/index.ts';
import { classes } from '../../ui/classes.ts';
import { IconButton } from '../../ui/IconButton.tsx';
import styles from './Collections.module.css';
import { beginCollection, deleteCollection, dragType, putInto, renameCollection } from './collecting.ts';
import { NameDialog } from './NameDialog.tsx';
import { useKnown } from './useCollections.ts';
import { library, useLibrary } from './useLibrary.ts';

/** Every collection: pressed, it is what is shown; clips that are dropped onto it are put into it. */
export function Collections() {
  const { t } = useTranslation('library');
  const collections = useKnown((state) => state.collections);
  const chosen = useLibrary((state) => state.query.collection);
  const [naming, setNaming] = useState<'new' | 'rename' | null>(null);
  const shown = collections.find(({ id }) => id === chosen);
  if (collections.length === 0) return null;
  return (
    <section className={styles.line} aria-label={t('collection.all')}>
      <div className={styles.list}>
        {collections.map((collection) => (
          <One key={collection.id} collection={collection} chosen={collection.id === chosen} />
        ))}
      </div>
      {shown && (
        <>
          <IconButton size="small" label={t('collection.rename')} icon={Pencil} onClick={() => setNaming('rename')} />
          <IconButton
            size="small"
            label={t('collection.delete')}
            icon={Trash2}
            onClick={() => void deleteCollection(shown)}
          />
        </>
      )}
      <IconButton size="small" label={t('collection.new')} icon={FolderPlus} onClick={() => setNaming('new')} />
      <NameDialog
        open={naming !== null}
        title={t(naming === 'rename' ? 'collection.rename' : 'collection.new')}
        name={naming === 'rename' ? (shown?.name ?? '') : ''}
        action={t(naming === 'rename' ? 'collection.renameAction' : 'collection.newAction')}
        onClose={() => setNaming(null)}
        onName={(name) => {
          if (naming === 'rename' && shown) void renameCollection(shown, name);
          else void beginCollection(name, []);
        }}
      />
    </section>
  );
}

function One({ collection, chosen }: { collection: Collection; chosen: boolean }) {
  const { number } = useFigures();
  const [over, setOver] = useState(false);
  const takes = (event: DragEvent) => event.dataTransfer.types.includes(dragType);
  return (
    <button
      type="button"
      className={classes(styles.collection, chosen && styles.chosen, over && styles.over)}
      aria-pressed={chosen}
      onClick={() => library.ask({ collection: chosen ? null : collection.id, deleted: false })}
      onDragOver={(event) => {
        if (!takes(event)) return;
        event.preventDefault();
        event.dataTransfer.dropEffect = 'copy';
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        setOver(false);
        if (!takes(event)) return;
        event.preventDefault();
        void putInto(collection, event.dataTransfer.getData(dragType).split(' ').filter(Boolean));
      }}
    >
      <span className={styles.name}>{collection.name}</span>
      <span className={styles.count}>{number(collection.clips)}</span>
    </button>
  );
}

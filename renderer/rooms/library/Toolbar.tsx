import { ListFilter, Trash2 } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useFigures } from '../../i18n/index.ts';
import { Button } from '../../ui/Button.tsx';
import { SearchInput } from '../../ui/SearchInput.tsx';
import { Segmented } from '../../ui/Segmented.tsx';
import { Select } from '../../ui/Select.tsx';
import { countTrash } from './actions.ts';
import { Collections } from './Collections.tsx';
import { Chips, Filters } from './Filters.tsx';
import { narrows } from './filters.ts';
import { LibraryMenu } from './LibraryMenu.tsx';
import { SelectionBar } from './SelectionBar.tsx';
import styles from './Toolbar.module.css';
import { library, useLibrary } from './useLibrary.ts';

type View = 'all' | 'trash';

/** What is shown; below it, how that is chosen, or what can be done with what is selected. */
export function Toolbar({
  onPurge,
  onEmptyTrash,
}: {
  onPurge: (ids: readonly string[]) => void;
  onEmptyTrash: (count: number) => void;
}) {
  const { t } = useTranslation('library');
  const { number } = useFigures();
  const selecting = useLibrary((state) => state.selection.ids.size > 0);
  const shown = useLibrary((state) => state.shown);
  const total = useLibrary((state) => state.cache.total);
  const [filtering, setFiltering] = useState(false);
  const counted = total === null ? null : { count: total, number: number(total) };
  return (
    <header className={styles.toolbar}>
      <div className={styles.line}>
        <h1 className={styles.title}>{t('title')}</h1>
        <span className={styles.count}>
          {counted !== null && (shown === null || !narrows(shown) ? t('count', counted) : t('found', counted))}
        </span>
        <div className={styles.search}>
          <Search />
        </div>
        <LibraryMenu />
      </div>
      {selecting ? (
        <SelectionBar onPurge={onPurge} />
      ) : (
        <Views filtering={filtering} onFilter={() => setFiltering(!filtering)} onEmptyTrash={onEmptyTrash} />
      )}
      {filtering && <Filters />}
      <Collections />
      <Chips />
      <p className="visually-hidden" role="status">
        {counted !== null && shown !== null && narrows(shown) && t('found', counted)}
      </p>
    </header>
  );
}

function Views({
  filtering,
  onFilter,
  onEmptyTrash,
}: {
  filtering: boolean;
  onFilter: () => void;
  onEmptyTrash: (count: number) => void;
}) {
  const { t } = useTranslation('library');
  const query = useLibrary((state) => state.query);
  const nothing = useLibrary((state) => state.cache.total === 0);
  const view: View = query.deleted ? 'trash' : 'all';
  const askEmpty = async () => {
    const count = await countTrash();
    if (count !== null && count > 0) onEmptyTrash(count);
  };
  return (
    <div className={styles.line}>
      <Segmented<View>
        label={t('view.label')}
        value={view}
        options={[
          { value: 'all', label: t('view.all') },
          { value: 'trash', label: t('view.trash'), icon: Trash2 },
        ]}
        onChange={(next) => library.ask({ deleted: next === 'trash' })}
      />
      <Button icon={ListFilter} aria-expanded={filtering} onClick={onFilter}>
        {t('filter.label')}
      </Button>
      {view === 'trash' && (
        <>
          <span className={styles.note}>{t('trash.note')}</span>
          <Button size="small" icon={Trash2} disabled={nothing} onClick={() => void askEmpty()}>
            {t('trash.empty')}
          </Button>
        </>
      )}
      <div className={styles.order}>
        <Select
          label={t('order.label')}
          hideLabel
          value={query.order}
          options={[
            { value: 'newest', label: t('order.newest') },
            { value: 'oldest', label: t('order.oldest') },
          ]}
          onChange={(order) => library.ask({ order })}
        />
      </div>
    </div>
  );
}

const pause = 200;

/** Asks when the typing pauses. */
function Search() {
  const { t } = useTranslation('library');
  const asked = useLibrary((state) => state.query.search);
  const [typed, setTyped] = useState(asked);
  const last = useRef(asked);
  if (last.current !== asked) {
    // Another part of the room asked for something else.
    last.current = asked;
    if (typed.trim() !== asked) setTyped(asked);
  }
  useEffect(() => {
    const timer = setTimeout(() => library.ask({ search: typed.trim() }), pause);
    return () => clearTimeout(timer);
  }, [typed]);
  return <SearchInput label={t('search')} value={typed} maxLength={200} onChange={setTyped} />;
}

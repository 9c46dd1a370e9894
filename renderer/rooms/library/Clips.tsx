import { FilmIcon, SearchX, Trash2, TriangleAlert } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { everyClip } from '../../../contract/clip.ts';
import { show } from '../../app/navigation.ts';
import { Room } from '../../app/Room.tsx';
import { useStudio } from '../../app/store.ts';
import { useFigures } from '../../i18n/index.ts';
import { Banner } from '../../ui/Banner.tsx';
import { Button } from '../../ui/Button.tsx';
import { Confirm } from '../../ui/Confirm.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { emptyTrash, purgeClips } from './actions.ts';
import { ClipGrid } from './ClipGrid.tsx';
import styles from './Clips.module.css';
import { narrows } from './filters.ts';
import { TaskList } from './TaskList.tsx';
import { Toolbar } from './Toolbar.tsx';
import { library, useLibrary } from './useLibrary.ts';

/** What is asked about before it is deleted for good: some clips, or as many as the trash holds. */
type Doomed = { kind: 'clips'; ids: readonly string[] } | { kind: 'trash'; count: number };

export function Clips({ cameBack }: { cameBack: boolean }) {
  const { t } = useTranslation('library');
  const total = useLibrary((state) => state.cache.total);
  const trouble = useLibrary((state) => state.trouble !== null);
  const lost = useStudio((state) => state.connection === 'lost');
  const [doomed, setDoomed] = useState<Doomed | null>(null);
  const purge = (ids: readonly string[]) => setDoomed({ kind: 'clips', ids });
  return (
    <Room label={t('title')} fill>
      <Toolbar onPurge={purge} onEmptyTrash={(count) => setDoomed({ kind: 'trash', count })} />
      {trouble && !lost ? <Trouble /> : null}
      {total === null && !trouble && <Waiting />}
      {total === 0 && (
        <div className={styles.nothing}>
          <Nothing />
        </div>
      )}
      {total !== null && total > 0 && <ClipGrid onPurge={purge} cameBack={cameBack} />}
      <TaskList />
      <AskPurge doomed={doomed} onClose={() => setDoomed(null)} />
    </Room>
  );
}

/** The first answer takes a blink; what stands here meanwhile has the shape of what comes. */
function Waiting() {
  const { t } = useTranslation('library');
  return (
    <div className={styles.waiting} role="status">
      <span className="visually-hidden">{t('reading')}</span>
      {Array.from({ length: 12 }, (_, at) => (
        <div key={at} className={styles.shape} />
      ))}
    </div>
  );
}

function Trouble() {
  const { t } = useTranslation(['library', 'terms']);
  return (
    <Banner urgent icon={TriangleAlert} title={t('trouble.title')} text={t('trouble.text')}>
      <Button onClick={library.readAgain}>{t('terms:tryAgain')}</Button>
    </Banner>
  );
}

function Nothing() {
  const { t } = useTranslation('library');
  const query = useLibrary((state) => state.shown);
  const back = <Button onClick={() => library.ask({ deleted: false })}>{t('empty.back')}</Button>;
  if (query === null || narrows(query)) {
    return (
      <EmptyState
        icon={SearchX}
        title={t('empty.searchTitle')}
        text={t('empty.searchText')}
        action={
          <Button onClick={() => library.ask({ ...everyClip, deleted: query?.deleted ?? false })}>
            {t('empty.searchAction')}
          </Button>
        }
      />
    );
  }
  if (query.deleted) {
    return <EmptyState icon={Trash2} title={t('empty.trashTitle')} text={t('empty.trashText')} action={back} />;
  }
  return (
    <EmptyState
      icon={FilmIcon}
      title={t('empty.title')}
      text={t('empty.text')}
      action={
        <Button variant="primary" onClick={() => show('create')}>
          {t('empty.action')}
        </Button>
      }
    />
  );
}

export function AskPurge({
  doomed,
  onClose,
  onPurged,
}: {
  doomed: Doomed | null;
  onClose: () => void;
  onPurged?: () => void;
}) {
  const { t } = useTranslation('library');
  const { number } = useFigures();
  const count = doomed === null ? 0 : doomed.kind === 'clips' ? doomed.ids.length : doomed.count;
  const purge = async () => {
    if (doomed?.kind === 'trash') await emptyTrash(doomed.count);
    if (doomed?.kind === 'clips' && (await purgeClips(doomed.ids)) !== null) onPurged?.();
  };
  return (
    <Confirm
      open={doomed !== null}
      onOpenChange={(open) => !open && onClose()}
      title={t('confirm.purge', { count, number: number(count) })}
      text={t('confirm.text')}
      action={t('confirm.action')}
      danger
      onConfirm={() => void purge()}
    />
  );
}

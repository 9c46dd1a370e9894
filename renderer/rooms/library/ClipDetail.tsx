import { ChevronLeft, ChevronRight, FileX2, SearchX } from 'lucide-react';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Clip, rating } from '../../../contract/clip.ts';
import { placeHash, show } from '../../app/navigation.ts';
import { Room } from '../../app/Room.tsx';
import { useFigures } from '../../i18n/index.ts';
import { Button } from '../../ui/Button.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { IconButton } from '../../ui/IconButton.tsx';
import { Kbd } from '../../ui/Kbd.tsx';
import { deleteClips, rate } from './actions.ts';
import { ClipActions } from './ClipActions.tsx';
import styles from './ClipDetail.module.css';
import { ClipFacts } from './ClipFacts.tsx';
import { AskPurge } from './Clips.tsx';
import { useKeys } from './keys.ts';
import { Player } from './Player.tsx';
import { TaskList } from './TaskList.tsx';
import { useClip } from './useClip.ts';
import { library, useLibrary } from './useLibrary.ts';
import { clipAt, indexOf } from './windows.ts';

const close = () => show('library');

/** One clip with everything about it. */
export function ClipDetail({ id }: { id: string }) {
  const { t } = useTranslation('library');
  const { clip, gone } = useClip(id);
  const place = usePlace(id);
  const [purging, setPurging] = useState(false);

  /** The clip that takes the place of this one when it goes. */
  const after = useLibrary(() => neighbour(place, 1) ?? neighbour(place, -1));
  const goOn = (to: string | null) => (to === null ? close() : replaceBy(to));
  const remove = () => {
    if (clip === undefined) return;
    if (clip.deletedAt !== null) return setPurging(true);
    void deleteClips([id]).then((done) => done && goOn(after));
  };
  useKeys({
    ArrowLeft: () => void goTo(place, -1),
    ArrowRight: () => void goTo(place, 1),
    Escape: close,
    Delete: remove,
    s: () => clip && void rate([id], clip.rating > 0 ? 0 : rating.max),
    ...Object.fromEntries([0, 1, 2, 3, 4, 5].map((stars) => [stars, () => clip && void rate([id], stars)])),
  });

  useEffect(() => {
    // The card that was pressed is gone, and the focus with it.
    if (document.activeElement === document.body) document.querySelector<HTMLElement>('main')?.focus();
  }, []);

  if (gone) {
    return (
      <Room label={t('title')}>
        <Head title={t('title')} place={null} />
        <EmptyState
          icon={SearchX}
          title={t('detail.goneTitle')}
          text={t('detail.goneText')}
          action={<Button onClick={close}>{t('empty.back')}</Button>}
        />
      </Room>
    );
  }
  return (
    <Room
      label={clip?.settings.prompt ?? t('title')}
      fill
      inspectorLabel={t('detail.settings')}
      inspector={clip && <ClipFacts clip={clip} />}
    >
      <Head title={clip?.settings.prompt ?? t('title')} place={place} />
      {clip && (
        <>
          <InTrash clip={clip} />
          {clip.missing ? <Missing clip={clip} onForget={remove} /> : <Player key={id} clip={clip} />}
          <ClipActions clip={clip} onRemove={remove} />
          <TaskList />
          <AskPurge
            doomed={purging ? { kind: 'clips', ids: [id] } : null}
            onClose={() => setPurging(false)}
            onPurged={() => goOn(after)}
          />
        </>
      )}
    </Room>
  );
}

function Head({ title, place }: { title: string; place: number | null }) {
  const { t } = useTranslation('library');
  const { number } = useFigures();
  const total = useLibrary((state) => state.cache.total ?? 0);
  return (
    <header className={styles.head}>
      <h1 className="visually-hidden">{title}</h1>
      <Button variant="quiet" icon={ChevronLeft} onClick={close}>
        {t('detail.back')}
      </Button>
      {place !== null && (
        <div className={styles.turn}>
          <span className={styles.place} role="status">
            {t('detail.position', { place: number(place + 1), total: number(total) })}
          </span>
          <IconButton
            label={t('detail.previous')}
            icon={ChevronLeft}
            shortcut={<Kbd keys="←" />}
            disabled={place === 0}
            onClick={() => void goTo(place, -1)}
          />
          <IconButton
            label={t('detail.next')}
            icon={ChevronRight}
            shortcut={<Kbd keys="→" />}
            disabled={place >= total - 1}
            onClick={() => void goTo(place, 1)}
          />
        </div>
      )}
    </header>
  );
}

function InTrash({ clip }: { clip: Clip }) {
  const { t } = useTranslation('library');
  const { date } = useFigures();
  if (clip.deletedAt === null) return null;
  return <p className={styles.trash}>{t('detail.inTrash', { time: date(clip.deletedAt) })}</p>;
}

function Missing({ clip, onForget }: { clip: Clip; onForget: () => void }) {
  const { t } = useTranslation('library');
  return (
    <div className={styles.missing}>
      <EmptyState
        icon={FileX2}
        title={t('detail.missingTitle')}
        text={t('detail.missingText', { file: clip.file })}
        action={<Button onClick={onForget}>{t(clip.deletedAt === null ? 'detail.forget' : 'purge')}</Button>}
      />
    </div>
  );
}

/** Where the clip stands in what the grid shows; null when it is not among it or that is not known yet. */
function usePlace(id: string): number | null {
  const listed = useLibrary((state) => indexOf(state.cache, id));
  const shown = useLibrary((state) => state.shown);
  const [found, setFound] = useState<{ id: string; place: number | null } | null>(null);
  useEffect(() => {
    if (shown === null || listed !== null) return;
    let over = false;
    library.placeOf(id).then(
      (place) => over || setFound({ id, place }),
      () => {},
    );
    return () => {
      over = true;
    };
  }, [id, shown, listed]);
  const place = listed ?? (found?.id === id ? found.place : null);
  useEffect(() => {
    if (place === null) return;
    // Its neighbours are read before they are asked for, and the grid opens where one was last.
    library.look({ first: Math.max(0, place - 1), last: place + 1 });
    library.activate(place);
  }, [place]);
  return place;
}

const neighbour = (place: number | null, by: number): string | null =>
  place === null ? null : (clipAt(library.store.getState().cache, place + by)?.id ?? null);

/** Turning over clips is no way that one goes back step by step. */
const replaceBy = (id: string): void => location.replace(placeHash('library', id));

async function goTo(place: number | null, by: number): Promise<void> {
  if (place === null || place + by < 0) return;
  const known = neighbour(place, by);
  const next = known ?? (await library.ids({ first: place + by, last: place + by }).catch(() => null))?.[0];
  if (next) replaceBy(next);
}

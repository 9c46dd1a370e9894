import {
  BookmarkPlus,
  Dices,
  Download,
  Ellipsis,
  FolderOpen,
  Pencil,
  RefreshCw,
  RotateCcw,
  SkipForward,
  SlidersHorizontal,
  Trash2,
} from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Clip } from '../../../contract/clip.ts';
import { useStudio } from '../../app/store.ts';
import { Button } from '../../ui/Button.tsx';
import { IconButton } from '../../ui/IconButton.tsx';
import { Kbd } from '../../ui/Kbd.tsx';
import { Menu } from '../../ui/Menu.tsx';
import { savePreset } from '../presets/dialogs.ts';
import { sourceOfClip } from '../presets/documentOf.ts';
import { draftOfClip } from '../queue/draftOf.ts';
import { VariationsDialog } from '../queue/VariationsDialog.tsx';
import { dragOut, goOn, makeAgain, nameOf, rate, renameFile, restoreClips, reuse, reveal } from './actions.ts';
import styles from './ClipActions.module.css';
import { ExportDialog } from './ExportDialog.tsx';
import { useKeys } from './keys.ts';
import { isWhole } from './known.ts';
import { NameDialog } from './NameDialog.tsx';
import { Stars } from './Stars.tsx';

export function ClipActions({ clip, onRemove }: { clip: Clip; onRemove: () => void }) {
  const { t } = useTranslation(['library', 'presets']);
  const canReveal = useStudio((state) => state.about?.canReveal === true);
  const canDragOut = useStudio((state) => state.about?.canDragOut === true);
  const fromPictures = useStudio((state) => state.models.some(({ task }) => task === 'image-to-video'));
  const [asking, setAsking] = useState<'repeat' | 'export' | 'name' | null>(null);
  useKeys({ e: () => clip.missing || setAsking('export') });
  const deleted = clip.deletedAt !== null;
  return (
    <div className={styles.actions}>
      {deleted ? (
        <Button variant="primary" icon={RotateCcw} onClick={() => void restoreClips([clip.id])}>
          {t('restore')}
        </Button>
      ) : (
        <>
          <Button icon={SlidersHorizontal} onClick={() => void reuse(clip)}>
            {t('detail.reuse')}
          </Button>
          {isWhole(clip) && (
            <Button icon={RefreshCw} onClick={() => void makeAgain(clip)}>
              {t('detail.again')}
            </Button>
          )}
          <Menu
            align="start"
            trigger={<Button icon={Ellipsis}>{t('detail.more')}</Button>}
            items={[
              ...(isWhole(clip)
                ? [{ label: t('detail.variations'), icon: Dices, run: () => setAsking('repeat') }]
                : []),
              {
                label: t(fromPictures ? 'detail.goOn' : 'detail.goOnNoModel'),
                icon: SkipForward,
                disabled: !fromPictures || clip.missing,
                run: () => void goOn(clip),
              },
              { label: t('detail.rename'), icon: Pencil, disabled: clip.missing, run: () => setAsking('name') },
            ]}
          />
        </>
      )}
      <span className={styles.rest}>
        {!deleted && <Stars value={clip.rating} onChange={(stars) => void rate([clip.id], stars)} />}
        {!deleted && (
          <IconButton
            label={t('presets:save.title')}
            icon={BookmarkPlus}
            onClick={() => savePreset(sourceOfClip(clip))}
          />
        )}
        {!clip.missing && (
          <IconButton
            label={t('detail.export')}
            icon={Download}
            shortcut={<Kbd keys="E" />}
            onClick={() => setAsking('export')}
          />
        )}
        {canReveal && !clip.missing && (
          <IconButton
            label={t(canDragOut ? 'detail.revealOrDrag' : 'detail.reveal')}
            icon={FolderOpen}
            draggable={canDragOut}
            onDragStart={canDragOut ? (event) => dragOut(event, clip) : undefined}
            onClick={() => void reveal(clip)}
          />
        )}
        <IconButton
          label={t(deleted ? 'purge' : 'delete')}
          icon={Trash2}
          shortcut={<Kbd keys="Del" />}
          onClick={onRemove}
        />
      </span>
      <VariationsDialog open={asking === 'repeat'} draft={draftOfClip(clip)} onClose={() => setAsking(null)} />
      <ExportDialog open={asking === 'export'} clip={clip} onClose={() => setAsking(null)} />
      <NameDialog
        open={asking === 'name'}
        title={t('detail.rename')}
        name={nameOf(clip.file)}
        action={t('detail.renameAction')}
        maxLength={200}
        onClose={() => setAsking(null)}
        onName={(name) => void renameFile(clip, name)}
      />
    </div>
  );
}

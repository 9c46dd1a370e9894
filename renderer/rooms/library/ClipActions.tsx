import { BookmarkPlus, Download, FolderOpen, RefreshCw, RotateCcw, SlidersHorizontal, Trash2 } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { Clip } from '../../../contract/clip.ts';
import { sitePaths } from '../../../contract/site.ts';
import { useStudio } from '../../app/store.ts';
import { Button } from '../../ui/Button.tsx';
import { IconButton } from '../../ui/IconButton.tsx';
import { Kbd } from '../../ui/Kbd.tsx';
import { savePreset } from '../presets/dialogs.ts';
import { sourceOfClip } from '../presets/documentOf.ts';
import { makeAgain, rate, restoreClips, reuse, reveal } from './actions.ts';
import styles from './ClipActions.module.css';
import { Stars } from './Stars.tsx';

export function ClipActions({ clip, onRemove }: { clip: Clip; onRemove: () => void }) {
  const { t } = useTranslation(['library', 'presets']);
  const canReveal = useStudio((state) => state.about?.canReveal === true);
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
          <Button icon={RefreshCw} onClick={() => void makeAgain(clip)}>
            {t('detail.again')}
          </Button>
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
            onClick={() => download(sitePaths.clipDownload(clip.id))}
          />
        )}
        {canReveal && !clip.missing && (
          <IconButton label={t('detail.reveal')} icon={FolderOpen} onClick={() => void reveal(clip)} />
        )}
        <IconButton
          label={t(deleted ? 'purge' : 'delete')}
          icon={Trash2}
          shortcut={<Kbd keys="Del" />}
          onClick={onRemove}
        />
      </span>
    </div>
  );
}

/** The host asks where to, or has its place for it. */
function download(address: string): void {
  const link = document.createElement('a');
  link.href = address;
  link.download = '';
  link.click();
}

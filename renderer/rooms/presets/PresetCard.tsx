import { Bookmark, Copy, Ellipsis, Pencil, Share2, SlidersHorizontal, Trash2 } from 'lucide-react';
import { type DragEvent, memo } from 'react';
import { useTranslation } from 'react-i18next';
import type { Verdict } from '../../../contract/plan.ts';
import { sitePaths } from '../../../contract/site.ts';
import type { Preset } from '../../../contract/storedPreset.ts';
import { client } from '../../app/client.ts';
import { placeHash } from '../../app/navigation.ts';
import { useStudio } from '../../app/store.ts';
import { told } from '../../app/told.ts';
import { useFigures } from '../../i18n/index.ts';
import { classes } from '../../ui/classes.ts';
import { IconButton } from '../../ui/IconButton.tsx';
import { Menu, type MenuItem } from '../../ui/Menu.tsx';
import { duplicate, putToUse, remove } from './actions.ts';
import { modelFor } from './apply.ts';
import { editPreset, sharePreset } from './dialogs.ts';
import styles from './PresetCard.module.css';
import { nameOfModel, presetLine, presetName } from './presetWords.ts';
import { Thumbnail } from './Thumbnail.tsx';
import { MissingMark, VerdictFigures, VerdictMark } from './Verdict.tsx';

/** The address of its picture; null when it has none. */
export const pictureOf = ({ id, thumbnail }: Preset): string | null =>
  thumbnail === null ? null : sitePaths.presetThumbnail(id, thumbnail);

export function useMenu(preset: Preset): MenuItem[] {
  const { t } = useTranslation('presets');
  const own: MenuItem[] = [
    { label: t('edit'), icon: Pencil, run: () => editPreset(preset) },
    { label: t('duplicate'), icon: Copy, run: () => void duplicate(preset) },
    'separator',
    { label: t('delete'), icon: Trash2, danger: true, run: () => void remove(preset) },
  ];
  return [
    { label: t('use'), icon: SlidersHorizontal, run: () => putToUse(preset) },
    { label: t('shareShort'), icon: Share2, run: () => sharePreset(preset) },
    ...(preset.origin === 'golden' ? [{ label: t('duplicate'), icon: Copy, run: () => void duplicate(preset) }] : own),
  ];
}

/** One preset among many: a picture, a name, what it is good at, and what it would be on this machine. */
export const PresetCard = memo(function PresetCard({
  preset,
  open,
  used,
  verdict,
}: {
  preset: Preset;
  open: boolean;
  /** Create has its settings. */
  used: boolean;
  /** What it would be on this machine; null while that is not known. */
  verdict: Verdict | null;
}) {
  const { t } = useTranslation('presets');
  const { seconds } = useFigures();
  const models = useStudio((state) => state.models);
  const canDragOut = useStudio((state) => state.about?.canDragOut === true);
  const menu = useMenu(preset);
  const { document } = preset;
  const name = presetName(preset);
  const onDragStart = (event: DragEvent) => {
    // The system drags the file; the page's own drag ends here.
    event.preventDefault();
    void told(client.presets.drag({ id: preset.id }));
  };
  return (
    <li
      className={classes(styles.card, open && styles.open)}
      draggable={canDragOut}
      onDragStart={canDragOut ? onDragStart : undefined}
    >
      <div className={styles.picture}>
        <Thumbnail source={pictureOf(preset)} words={document.name + document.model} />
        <span className={styles.badge}>
          {modelFor(document, models) === null ? <MissingMark /> : verdict && <VerdictMark verdict={verdict} />}
        </span>
      </div>
      <div className={styles.words}>
        <div className={styles.head}>
          <h2 className={styles.name}>
            <a
              href={placeHash('presets', preset.id)}
              dir="auto"
              draggable={false}
              aria-current={open ? 'true' : undefined}
            >
              {name}
            </a>
          </h2>
          <span className={styles.tools}>
            <IconButton size="small" label={t('share', { name })} icon={Share2} onClick={() => sharePreset(preset)} />
            <Menu trigger={<IconButton size="small" label={t('more', { name })} icon={Ellipsis} />} items={menu} />
          </span>
        </div>
        <p className={styles.line} dir="auto">
          {presetLine(preset) || nameOfModel(document.model)}
        </p>
        <p className={styles.figures}>
          <span>
            {document.width} × {document.height}
          </span>
          <span>{seconds(document.frames / document.fps)}</span>
          <VerdictFigures verdict={verdict} />
          {used && (
            <span className={styles.used}>
              <Bookmark size={12} aria-hidden />
              {t('inUse')}
            </span>
          )}
        </p>
      </div>
    </li>
  );
});

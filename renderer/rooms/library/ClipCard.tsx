// biome-ignore-all lint/a11y/useSemanticElements: a grid of which only a part is in the document is no table
import type { TFunction } from 'i18next';
import { Check, FileX2, Play, Star } from 'lucide-react';
import { type MouseEvent, memo } from 'react';
import { useTranslation } from 'react-i18next';
import { type Clip, rating as limits } from '../../../contract/clip.ts';
import { useFigures } from '../../i18n/index.ts';
import { classes } from '../../ui/classes.ts';
import { rate } from './actions.ts';
import styles from './ClipCard.module.css';
import { dragged, dragType } from './collecting.ts';
import { leave, playHere, restOn, usePlaying } from './hovering.ts';
import { Poster } from './Poster.tsx';
import { library, useLibrary } from './useLibrary.ts';
import { clipAt } from './windows.ts';

export type CardAct = (act: 'open' | 'toggle' | 'extend', index: number) => void;

/** One place of the grid: a clip, or a still placeholder until it has been read. */
export const ClipCard = memo(function ClipCard({
  index,
  column,
  act,
}: {
  index: number;
  column: number;
  act: CardAct;
}) {
  const clip = useLibrary((state) => clipAt(state.cache, index));
  const active = useLibrary((state) => state.active === index);
  const selected = useLibrary((state) => clip !== undefined && state.selection.ids.has(clip.id));
  const { t } = useTranslation('library');

  if (clip === undefined) {
    return (
      <div role="gridcell" aria-colindex={column + 1} aria-busy tabIndex={active ? 0 : -1} data-place={index}>
        <div className={styles.placeholder}>
          <span className="visually-hidden">{t('reading')}</span>
        </div>
      </div>
    );
  }

  const press = (event: MouseEvent) =>
    act(event.shiftKey ? 'extend' : event.ctrlKey || event.metaKey ? 'toggle' : 'open', index);
  const toggle = (event: MouseEvent) => {
    event.stopPropagation();
    act(event.shiftKey ? 'extend' : 'toggle', index);
  };
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the grid hears the keys
    <div
      role="gridcell"
      aria-colindex={column + 1}
      aria-selected={selected}
      tabIndex={active ? 0 : -1}
      data-place={index}
      className={classes(styles.cell, selected && styles.selected)}
      onClick={press}
      draggable
      onDragStart={(event) => {
        event.dataTransfer.effectAllowed = 'copy';
        event.dataTransfer.setData(dragType, dragged(clip.id).join(' '));
      }}
      onPointerEnter={() => restOn(clip.id)}
      onPointerLeave={() => leave(clip.id)}
      onFocus={() => {
        library.activate(index);
        restOn(clip.id);
      }}
      onBlur={() => leave(clip.id)}
    >
      <Picture clip={clip} missing={t('missing')} />
      <Figures clip={clip} t={t} />
      <button
        type="button"
        tabIndex={-1}
        className={styles.check}
        aria-label={t('select')}
        aria-pressed={selected}
        onClick={toggle}
      >
        <Check size={14} aria-hidden />
      </button>
      <button
        type="button"
        tabIndex={-1}
        className={styles.star}
        aria-label={clip.rating > 0 ? t('rating.takeAway', { count: clip.rating }) : t('rating.give')}
        aria-pressed={clip.rating > 0}
        onClick={(event) => {
          event.stopPropagation();
          void rate([clip.id], clip.rating > 0 ? 0 : limits.max);
        }}
      >
        <Star size={16} aria-hidden />
        {clip.rating > 0 && <span className={styles.rating}>{clip.rating}</span>}
      </button>
      {!clip.missing && (
        <button
          type="button"
          tabIndex={-1}
          className={styles.play}
          aria-label={t('playHere')}
          onClick={(event) => {
            event.stopPropagation();
            playHere(clip.id);
          }}
        >
          <Play size={16} aria-hidden />
        </button>
      )}
    </div>
  );
});

function Picture({ clip, missing }: { clip: Clip; missing: string }) {
  const playing = usePlaying((state) => state.id === clip.id);
  return (
    <div className={styles.picture}>
      <Poster clip={clip} playing={playing} />
      {clip.missing && (
        <span className={styles.missing}>
          <FileX2 size={14} aria-hidden />
          {missing}
        </span>
      )}
    </div>
  );
}

function Figures({ clip, t }: { clip: Clip; t: TFunction<'library'> }) {
  const { seconds, moment } = useFigures();
  const { prompt, width, height, frames, fps } = clip.settings;
  return (
    <div className={styles.words}>
      <p className={styles.prompt} dir="auto">
        {prompt}
      </p>
      <p className={styles.figures}>
        <span>{seconds(frames / fps)}</span>
        <span>
          {width} × {height}
        </span>
        <span className={styles.when}>
          {clip.deletedAt === null ? moment(clip.createdAt) : t('deletedAt', { time: moment(clip.deletedAt) })}
        </span>
      </p>
    </div>
  );
}

import { ImageOff } from 'lucide-react';
import { useState } from 'react';
import type { Clip } from '../../../contract/clip.ts';
import { sitePaths } from '../../../contract/site.ts';
import styles from './Poster.module.css';
import { fillsCard } from './playback.ts';

/** A still of the clip in a 3:2 frame, and its moving picture over it while it plays. */
export function Poster({ clip, playing }: { clip: Clip; playing: boolean }) {
  const { width, height } = clip.settings;
  const [lost, setLost] = useState<string | null>(null);
  const [moving, setMoving] = useState(false);
  const fills = fillsCard(width, height);
  return (
    <span className={styles.frame}>
      <span
        className={fills ? styles.fills : styles.whole}
        style={fills ? undefined : { aspectRatio: `${width} / ${height}` }}
      >
        {lost === clip.id ? (
          <ImageOff size={20} aria-hidden className={styles.lost} />
        ) : (
          <img
            src={sitePaths.poster(clip.id)}
            alt=""
            loading="lazy"
            decoding="async"
            onError={() => setLost(clip.id)}
          />
        )}
        {playing && !clip.missing && (
          <video
            src={sitePaths.clip(clip.id)}
            className={moving ? undefined : styles.waiting}
            autoPlay
            loop
            muted
            playsInline
            disablePictureInPicture
            aria-hidden
            tabIndex={-1}
            onPlaying={() => setMoving(true)}
            onEmptied={() => setMoving(false)}
          />
        )}
      </span>
    </span>
  );
}

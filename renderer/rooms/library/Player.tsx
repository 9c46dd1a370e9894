import { ChevronFirst, ChevronLast, Maximize, Minimize, Pause, Play, Repeat } from 'lucide-react';
import { type CSSProperties, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Clip } from '../../../contract/clip.ts';
import { sitePaths } from '../../../contract/site.ts';
import { useFigures } from '../../i18n/index.ts';
import { IconButton } from '../../ui/IconButton.tsx';
import { Kbd } from '../../ui/Kbd.tsx';
import { useKeys } from './keys.ts';
import styles from './Player.module.css';
import { frameAt, timeOf } from './playback.ts';

/** Whether clips repeat is a habit of the person, not of the clip. */
let repeats = true;

const beginsByItself = () => !window.matchMedia('(prefers-reduced-motion: reduce)').matches;

/** Plays a clip frame by frame: one sees exactly the frame whose number is told. */
export function Player({ clip }: { clip: Clip }) {
  const { t } = useTranslation('library');
  const { seconds } = useFigures();
  const { prompt, width, height, frames, fps } = clip.settings;
  const root = useRef<HTMLDivElement>(null);
  const video = useRef<HTMLVideoElement>(null);
  const [playing, setPlaying] = useState(false);
  const [loop, setLoop] = useState(repeats);
  const [broken, setBroken] = useState(false);
  const [frame, seek] = useFrame(video, frames, fps);
  const [full, toggleFull] = useFullScreen(root);

  const toggle = () => {
    const { current } = video;
    if (current === null) return;
    // Refused when the element goes away at that moment, or the browser wants a click first.
    if (current.paused) current.play().catch(() => setPlaying(false));
    else current.pause();
  };
  const step = (by: number) => {
    video.current?.pause();
    seek(frame + by);
  };
  const toggleLoop = () => {
    repeats = !loop;
    setLoop(repeats);
  };
  useKeys({ ' ': toggle, k: toggle, ',': () => step(-1), '.': () => step(1), l: toggleLoop, f: toggleFull });

  const told = t('player.frame', { frame: frame + 1, frames });
  return (
    <section ref={root} className={styles.player} aria-label={t('player.label')} data-full={full || undefined}>
      {/* biome-ignore lint/a11y/useKeyWithClickEvents lint/a11y/noStaticElementInteractions: Space and the button do the same */}
      <div className={styles.stage} onClick={toggle}>
        {broken ? (
          <p className={styles.broken} role="alert">
            {t('player.broken')}
          </p>
        ) : (
          <video
            ref={video}
            src={sitePaths.clip(clip.id)}
            poster={sitePaths.poster(clip.id)}
            width={width}
            height={height}
            aria-label={t('player.clip', { prompt })}
            muted
            playsInline
            autoPlay={beginsByItself()}
            loop={loop}
            preload="auto"
            onPlay={() => setPlaying(true)}
            onPause={() => setPlaying(false)}
            // A still that is missing is told as an error too.
            onError={(event) => event.currentTarget.error !== null && setBroken(true)}
          />
        )}
      </div>
      <div className={styles.controls}>
        <IconButton
          label={t(playing ? 'player.pause' : 'player.play')}
          icon={playing ? Pause : Play}
          shortcut={<Kbd keys="K" />}
          disabled={broken}
          onClick={toggle}
        />
        <IconButton
          label={t('player.back')}
          icon={ChevronFirst}
          shortcut={<Kbd keys="," />}
          disabled={broken}
          onClick={() => step(-1)}
        />
        <IconButton
          label={t('player.forward')}
          icon={ChevronLast}
          shortcut={<Kbd keys="." />}
          disabled={broken}
          onClick={() => step(1)}
        />
        <input
          type="range"
          className={styles.scrub}
          min={0}
          max={frames - 1}
          step={1}
          value={frame}
          disabled={broken || frames < 2}
          aria-label={t('player.scrub')}
          aria-valuetext={`${told}, ${seconds(frame / fps)}`}
          style={{ '--done': `${frames > 1 ? (frame / (frames - 1)) * 100 : 0}%` } as CSSProperties}
          onChange={(event) => {
            video.current?.pause();
            seek(Number(event.target.value));
          }}
        />
        <span className={styles.time}>
          {seconds(frame / fps)}
          <span className={styles.frame}>{told}</span>
        </span>
        <IconButton
          label={t('player.loop')}
          icon={Repeat}
          pressed={loop}
          shortcut={<Kbd keys="L" />}
          onClick={toggleLoop}
        />
        {document.fullscreenEnabled && (
          <IconButton
            label={t(full ? 'player.leaveFullScreen' : 'player.fullScreen')}
            icon={full ? Minimize : Maximize}
            shortcut={<Kbd keys="F" />}
            onClick={toggleFull}
          />
        )}
      </div>
    </section>
  );
}

/** The frame on screen, and a way to another. While one is being sought, only the last wish counts. */
function useFrame(
  video: { readonly current: HTMLVideoElement | null },
  frames: number,
  fps: number,
): [number, (frame: number) => void] {
  const [frame, setFrame] = useState(0);
  const wish = useRef<number | null>(null);

  useEffect(() => {
    const { current } = video;
    if (current === null) return;
    let waiting = 0;
    const tell: VideoFrameRequestCallback = (_, { mediaTime }) => {
      if (wish.current === null) setFrame(frameAt(mediaTime, fps, frames));
      waiting = current.requestVideoFrameCallback(tell);
    };
    waiting = current.requestVideoFrameCallback(tell);
    const sought = () => {
      const next = wish.current;
      wish.current = null;
      if (next !== null && frameAt(current.currentTime, fps, frames) !== next) current.currentTime = timeOf(next, fps);
    };
    current.addEventListener('seeked', sought);
    return () => {
      current.cancelVideoFrameCallback(waiting);
      current.removeEventListener('seeked', sought);
    };
  }, [video, frames, fps]);

  const seek = (to: number) => {
    const next = Math.max(0, Math.min(frames - 1, to));
    setFrame(next);
    const { current } = video;
    if (current === null) return;
    if (current.seeking) wish.current = next;
    else current.currentTime = timeOf(next, fps);
  };
  return [frame, seek];
}

function useFullScreen(root: { readonly current: HTMLElement | null }): [boolean, () => void] {
  const [full, setFull] = useState(false);
  useEffect(() => {
    const read = () => setFull(document.fullscreenElement !== null && document.fullscreenElement === root.current);
    document.addEventListener('fullscreenchange', read);
    return () => document.removeEventListener('fullscreenchange', read);
  }, [root]);
  const toggle = () => {
    const change = document.fullscreenElement ? document.exitFullscreen() : root.current?.requestFullscreen();
    // The host may not allow it: then the clip stays as large as it is.
    change?.catch(() => {});
  };
  return [full, toggle];
}

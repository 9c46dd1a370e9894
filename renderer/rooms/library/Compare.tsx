import { ChevronFirst, ChevronLast, ChevronLeft, Pause, Play } from 'lucide-react';
import { type CSSProperties, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Clip } from '../../../contract/clip.ts';
import { sitePaths } from '../../../contract/site.ts';
import { show } from '../../app/navigation.ts';
import { Room } from '../../app/Room.tsx';
import { useFigures } from '../../i18n/index.ts';
import { Button } from '../../ui/Button.tsx';
import { IconButton } from '../../ui/IconButton.tsx';
import { Kbd } from '../../ui/Kbd.tsx';
import { useSettingsWords } from './ClipFacts.tsx';
import styles from './Compare.module.css';
import { useKeys } from './keys.ts';
import player from './Player.module.css';
import { commonTicks, frameAtTick, timeOf } from './playback.ts';
import { useClip } from './useClip.ts';

const close = () => show('library');

/** Two clips side by side, always at the same moment. */
export function Compare({ ids }: { ids: readonly [string, string] }) {
  const { t } = useTranslation('library');
  const one = useClip(ids[0]).clip;
  const other = useClip(ids[1]).clip;
  useKeys({ Escape: close });
  useEffect(() => document.querySelector<HTMLElement>('main')?.focus(), []);
  return (
    <Room
      label={t('compare.title')}
      fill
      inspectorLabel={t('compare.differences')}
      inspector={one && other && <Differences one={one} other={other} />}
    >
      <header className={styles.head}>
        <Button variant="quiet" icon={ChevronLeft} onClick={close}>
          {t('detail.back')}
        </Button>
        <h1 className={styles.title}>{t('compare.title')}</h1>
      </header>
      {one && other && <Both one={one} other={other} />}
    </Room>
  );
}

function Both({ one, other }: { one: Clip; other: Clip }) {
  const { t } = useTranslation('library');
  const { seconds } = useFigures();
  const { ticks, rate } = commonTicks(one.settings, other.settings);
  const [tick, setTick] = useState(0);
  const [playing, setPlaying] = useState(false);
  const last = ticks - 1;
  const go = (to: number) => {
    setPlaying(false);
    setTick(Math.max(0, Math.min(last, to)));
  };
  const toggle = () => setPlaying(!playing);
  useKeys({ ' ': toggle, k: toggle, ',': () => go(tick - 1), '.': () => go(tick + 1) });

  useEffect(() => {
    if (!playing) return;
    const begun = performance.now();
    let from: number | null = null;
    let waiting = 0;
    const advance = (now: number) => {
      setTick((at) => {
        from ??= at;
        return (from + Math.floor(((now - begun) / 1000) * rate)) % ticks;
      });
      waiting = requestAnimationFrame(advance);
    };
    waiting = requestAnimationFrame(advance);
    return () => cancelAnimationFrame(waiting);
  }, [playing, rate, ticks]);

  return (
    <section className={styles.both} aria-label={t('compare.title')}>
      <div className={styles.stages}>
        <Side clip={one} tick={tick} rate={rate} letter="A" />
        <Side clip={other} tick={tick} rate={rate} letter="B" />
      </div>
      <div className={styles.controls}>
        <IconButton
          label={t(playing ? 'player.pause' : 'player.play')}
          icon={playing ? Pause : Play}
          shortcut={<Kbd keys="K" />}
          onClick={toggle}
        />
        <IconButton
          label={t('player.back')}
          icon={ChevronFirst}
          shortcut={<Kbd keys="," />}
          onClick={() => go(tick - 1)}
        />
        <IconButton
          label={t('player.forward')}
          icon={ChevronLast}
          shortcut={<Kbd keys="." />}
          onClick={() => go(tick + 1)}
        />
        <input
          type="range"
          className={player.scrub}
          min={0}
          max={last}
          step={1}
          value={tick}
          aria-label={t('compare.scrub')}
          aria-valuetext={seconds(tick / rate)}
          style={{ '--done': `${last > 0 ? (tick / last) * 100 : 0}%` } as CSSProperties}
          onChange={(event) => go(Number(event.target.value))}
        />
        <span className={styles.time}>{seconds(tick / rate)}</span>
      </div>
    </section>
  );
}

function Side({ clip, tick, rate, letter }: { clip: Clip; tick: number; rate: number; letter: 'A' | 'B' }) {
  const { t } = useTranslation('library');
  const video = useRef<HTMLVideoElement>(null);
  const { prompt, width, height, frames, fps } = clip.settings;
  const frame = frameAtTick(tick, rate, clip.settings);
  useSought(video, timeOf(frame, fps));
  return (
    <figure className={styles.side}>
      <div className={player.stage}>
        <video
          ref={video}
          src={sitePaths.clip(clip.id)}
          width={width}
          height={height}
          aria-label={t('player.clip', { prompt })}
          data-frame={frame}
          muted
          playsInline
          preload="auto"
        />
      </div>
      <figcaption className={styles.caption}>
        <strong>{letter}</strong>
        <span className={styles.prompt} dir="auto">
          {prompt}
        </span>
        <span className={styles.frame}>{t('player.frame', { frame: frame + 1, frames })}</span>
      </figcaption>
    </figure>
  );
}

/** Shows the moment. While one is being sought, only the last wish counts. */
function useSought(video: { readonly current: HTMLVideoElement | null }, seconds: number): void {
  const wish = useRef(seconds);
  wish.current = seconds;
  useEffect(() => {
    const { current } = video;
    if (current === null) return;
    const again = () => {
      if (Math.abs(current.currentTime - wish.current) > 0.001) current.currentTime = wish.current;
    };
    current.addEventListener('seeked', again);
    current.addEventListener('loadedmetadata', again);
    return () => {
      current.removeEventListener('seeked', again);
      current.removeEventListener('loadedmetadata', again);
    };
  }, [video]);
  useEffect(() => {
    const { current } = video;
    if (current !== null && !current.seeking && current.readyState > 0) current.currentTime = seconds;
  }, [video, seconds]);
}

/** What is not the same, side by side. */
function Differences({ one, other }: { one: Clip; other: Clip }) {
  const { t } = useTranslation('library');
  const first = useSettingsWords(one);
  const second = useSettingsWords(other);
  const keys = [...new Set([...first, ...second].map(({ key }) => key))];
  const textIn = (list: typeof first, key: string) => list.find((each) => each.key === key)?.text ?? '–';
  const different = keys.filter((key) => textIn(first, key) !== textIn(second, key));
  const labelOf = (key: string) => [...first, ...second].find((each) => each.key === key)?.label ?? key;
  return (
    <section className={styles.differences}>
      <h2>{t('compare.differences')}</h2>
      {different.length === 0 ? (
        <p className={styles.same}>{t('compare.same')}</p>
      ) : (
        <table>
          <thead>
            <tr>
              <td />
              <th scope="col">A</th>
              <th scope="col">B</th>
            </tr>
          </thead>
          <tbody>
            {different.map((key) => (
              <tr key={key}>
                <th scope="row">{labelOf(key)}</th>
                <td dir="auto">{textIn(first, key)}</td>
                <td dir="auto">{textIn(second, key)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

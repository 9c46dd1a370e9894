import { useTranslation } from 'react-i18next';
import type { Live } from '../../../contract/engine.ts';
import { useFigures } from '../../i18n/index.ts';
import { classes } from '../../ui/classes.ts';
import { phaseColours } from '../phaseColours.ts';
import styles from './Timeline.module.css';
import type { Segment } from './timeline.ts';

/** What took less is not worth a figure. */
const tellable = 0.5;

function useSegmentWords(live: Live | null): (segment: Segment) => [string, string] {
  const { t } = useTranslation(['create', 'terms']);
  const { seconds, duration } = useFigures();
  return ({ phase, state, seconds: took }) => {
    const name = t(`terms:phases.${phase}`);
    if (state === 'over') return [name, took === null || took < tellable ? '' : duration(took)];
    if (state === 'failed') return [t('render.stopped', { phase: name }), ''];
    if (state === 'ahead' || live?.phase !== phase) return [name, ''];
    const { step, of, secondsAStep } = live;
    const parts = [
      step !== null && of !== null && t(phase === 'decoding' ? 'render.batch' : 'render.step', { step, of }),
      phase === 'denoising' && secondsAStep !== null && t('render.secondsAStep', { time: seconds(secondsAStep) }),
    ];
    return [name, parts.filter(Boolean).join(' · ')];
  };
}

/** The phases of a render, as wide as they are long. */
export function Timeline({ segments, live }: { segments: readonly Segment[]; live: Live | null }) {
  const { t } = useTranslation('create');
  const wordsOf = useSegmentWords(live);
  const columns = segments.map(({ share }) => `minmax(0, ${share}fr)`).join(' ');
  return (
    <ol className={styles.timeline} style={{ gridTemplateColumns: columns }} aria-label={t('render.timeline')}>
      {segments.map((segment) => {
        const [name, detail] = wordsOf(segment);
        return (
          <li
            key={segment.phase}
            className={classes(styles.segment, styles[segment.state])}
            aria-current={segment.state === 'now' ? 'step' : undefined}
          >
            <span className={styles.bar}>
              <span
                className={styles.done}
                style={{ transform: `scaleX(${segment.done})`, background: `var(${phaseColours[segment.phase]})` }}
              />
            </span>
            <span className={styles.words}>
              <span className={styles.name}>{name}</span>
              {detail && <span> {segment.state === 'now' ? `· ${detail}` : detail}</span>}
            </span>
          </li>
        );
      })}
    </ol>
  );
}

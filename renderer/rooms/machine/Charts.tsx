import { type RefObject, useCallback, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Card } from '../../../contract/telemetry.ts';
import { useMachine } from '../../app/strip/feed.ts';
import { useFigures } from '../../i18n/index.ts';
import type { ChartHandle } from '../../ui/chart/Chart.tsx';
import { ChartRow, Figure } from './ChartRow.tsx';
import styles from './Charts.module.css';
import { type ChartName, chartKinds, isKnown } from './charts.ts';
import type { Past, Range } from './past.ts';

export type Handles = Map<ChartName, ChartHandle>;

/** The charts, one below the other on one axis of time, with one cursor. */
export function Charts({
  past,
  card,
  seconds,
  handles,
}: {
  past: Past;
  card: Card | null;
  seconds: Range;
  handles: RefObject<Handles>;
}) {
  const [at, setAt] = useState<number | null>(null);
  const machine = { card, sample: useMachine.getState().sample };
  const kinds = chartKinds.filter((kind) => (kind.of === 'host' || card !== null) && isKnown(kind, past, machine));
  const keep = useCallback(
    (name: ChartName) => (handle: ChartHandle | null) => {
      if (handle) handles.current.set(name, handle);
      else handles.current.delete(name);
    },
    [handles],
  );
  return (
    <div className={styles.charts}>
      {kinds.map((kind) => (
        // biome-ignore lint/a11y/useSemanticElements: a fieldset is for what is filled in
        <div key={kind.name} className={styles.both} role="group" aria-labelledby={`chart-${kind.name}`}>
          <ChartRow kind={kind} past={past} card={card} seconds={seconds} onPoint={setAt} ref={keep(kind.name)} />
          <p className={styles.value}>
            <Figure kind={kind} past={past} card={card} at={at} />
          </p>
        </div>
      ))}
      <Axis seconds={seconds} now={past.now} at={at} />
    </div>
  );
}

/** From when until when; and the moment that is pointed at. */
function Axis({ seconds, now, at }: { seconds: Range; now: number | null; at: number | null }) {
  const { t } = useTranslation('machine');
  const figures = useFigures();
  const ago = (share: number) => t('before', { time: figures.duration(seconds * share) });
  return (
    <div className={styles.axis} aria-hidden>
      <span>{ago(1)}</span>
      <span className={styles.pointed}>{at === null || now === null ? ago(0.5) : clock(at, figures.language)}</span>
      <span>{t('now')}</span>
    </div>
  );
}

const clock = (time: number, language: string): string =>
  new Date(time).toLocaleTimeString(language, { hour12: false });

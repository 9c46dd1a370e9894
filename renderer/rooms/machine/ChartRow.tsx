import { memo, type Ref, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { Card } from '../../../contract/telemetry.ts';
import { useMachine } from '../../app/strip/feed.ts';
import { Chart, type ChartHandle } from '../../ui/chart/Chart.tsx';
import type { Band, Drawing } from '../../ui/chart/plot.ts';
import { phaseColours } from '../phaseColours.ts';
import styles from './Charts.module.css';
import { type ChartKind, latest, oursIsKnown, readingsAt, seriesOf } from './charts.ts';
import type { Past, Range } from './past.ts';
import { columnOf, rangeOf } from './series.ts';

export const group = 'machine';

interface Row {
  kind: ChartKind;
  past: Past;
  card: Card | null;
  seconds: Range;
  onPoint: (time: number | null) => void;
  ref: Ref<ChartHandle>;
}

/** A chart under its name. Its figure stands beside it and is drawn more often. */
export const ChartRow = memo(function ChartRow({ kind, past, card, seconds, onPoint, ref }: Row) {
  const { t } = useTranslation('machine');
  const drawing = useMemo((): Drawing => {
    const series = seriesOf(past, kind);
    const machine = { card, sample: useMachine.getState().sample };
    const to = past.now ?? 0;
    return {
      times: series.times,
      lines: kind.lines(series),
      bands: past.bands.map((band): Band => ({ from: band.from, to: band.to ?? to, colour: phaseColours[band.phase] })),
      from: to - seconds * 1000,
      to,
      most: kind.most(series, machine),
    };
  }, [past, kind, card, seconds]);

  const name = t(chartTitle(kind, past, card));
  const described = useMemo(() => {
    const value = latest(kind, { card, sample: useMachine.getState().sample })[0] ?? null;
    const seen = rangeOf(columnOf(seriesOf(past, kind), kind.quantities[0] ?? ''));
    const range = t(`rangeWords.${seconds}`);
    if (!seen) return t('toldNothing', { name, range });
    return t('told', {
      name,
      value: value === null ? t('noReading') : kind.write(value),
      unit: t(`units.${kind.unit}`),
      least: kind.write(seen.least),
      most: kind.write(seen.most),
      range,
    });
  }, [past, kind, card, seconds, name, t]);

  return (
    <div className={styles.row}>
      <h2 className={styles.name} id={`chart-${kind.name}`}>
        {name}
      </h2>
      <Chart
        drawing={drawing}
        height={heightOf(kind, card)}
        group={group}
        description={described}
        onPoint={onPoint}
        ref={ref}
      />
    </div>
  );
});

/** Without a card there are few charts, and room for them. */
export const heightOf = (kind: ChartKind, card: Card | null): number => (card ? kind.height : kind.height * 2);

export function chartTitle(kind: ChartKind, past: Past, card: Card | null) {
  const ours = oursIsKnown(past, { card, sample: useMachine.getState().sample });
  return kind.name === 'vram' && !ours ? 'charts.vramUnknown' : (`charts.${kind.name}` as const);
}

/** The figure beside a chart: now, or at the moment that is pointed at. */
export function Figure({
  kind,
  past,
  card,
  at,
}: {
  kind: ChartKind;
  past: Past;
  card: Card | null;
  at: number | null;
}) {
  const { t } = useTranslation('machine');
  const sample = useMachine((state) => state.sample);
  const machine = { card, sample };
  const values = at === null ? latest(kind, machine) : readingsAt(kind, seriesOf(past, kind), at);
  const known = values.filter((value) => value !== null);
  const total = kind.total(machine);
  if (known.length === 0) return <span className={styles.unit}>{t('noReading')}</span>;
  const [first, ...rest] = known;
  return (
    <>
      <strong className={styles.figure}>{kind.write(first ?? 0)}</strong>{' '}
      <span className={styles.unit}>
        {rest.map((value) => `/ ${kind.write(value)} `)}
        {total !== null && `${t('of', { total: kind.write(total) })} `}
        {t(`units.${kind.unit}`)}
      </span>
    </>
  );
}

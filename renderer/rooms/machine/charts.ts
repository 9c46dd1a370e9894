import { busRate } from '../../../contract/bus.ts';
import type { Card, Sample } from '../../../contract/telemetry.ts';
import type { Line } from '../../ui/chart/plot.ts';
import { amount, memoryOf } from './amounts.ts';
import type { Past } from './past.ts';
import { columnOf, indexAt, type Reading, rangeOf, type Series } from './series.ts';

export type ChartName = 'utilisation' | 'vram' | 'power' | 'temperature' | 'clocks' | 'pcie' | 'cpu' | 'ram' | 'disk';
export type Unit = 'percent' | 'watts' | 'celsius' | 'gigahertz' | 'gigabytes' | 'gigabytesPerSecond';

/** One chart: what it draws, how far it reaches, and how its figure is written. */
export interface ChartKind {
  name: ChartName;
  height: number;
  unit: Unit;
  write: (value: number) => string;
  /** The quantities that its figure is made of, in the card's or the computer's series. */
  of: 'card' | 'host';
  quantities: readonly string[];
  lines(series: Series): Line[];
  /** The upper end of its scale. */
  most(series: Series, machine: Limits): number;
  /** What "of" is said of, at the moment. */
  total(machine: Limits): number | null;
}

/** What the figures are measured against. */
export interface Limits {
  card: Card | null;
  /** The latest sample, for what is not kept: totals and limits. */
  sample: Sample | null;
}

const line = (series: Series, quantity: string, colour: string, fill = 0.2): Line => ({
  colour,
  values: columnOf(series, quantity),
  fill,
});

const reading = ({ card, sample }: Limits) => sample?.cards.find((each) => each.card === card?.id);
const most = (series: Series, ...quantities: string[]): number =>
  Math.max(0, ...quantities.map((quantity) => rangeOf(columnOf(series, quantity))?.most ?? 0));

/** Others' memory lies below, ours on top of it. */
function memoryLines(series: Series): Line[] {
  const used = columnOf(series, 'memoryUsed');
  const ours = columnOf(series, 'memoryOurs');
  const others = used.map((value, index): Reading => {
    const own = ours[index] ?? null;
    return value === null || own === null ? value : Math.max(0, value - own);
  });
  return [
    { colour: '--chart-ours', values: used, fill: 0.22 },
    { colour: '--chart-others', values: others, fill: 0.4 },
  ];
}

/** Each to its own top: memory runs several times as fast, and what matters is when one of them falls. */
function clockLines(series: Series): Line[] {
  const toItsTop = (quantity: string): Reading[] => {
    const top = most(series, quantity) || 1;
    return columnOf(series, quantity).map((value) => (value === null ? null : value / top));
  };
  return [
    { colour: '--chart-clock2', values: toItsTop('clockMemory'), fill: 0 },
    { colour: '--chart-clock', values: toItsTop('clockGraphics'), fill: 0.18 },
  ];
}

const vramTotal = (machine: Limits): number | null =>
  reading(machine)?.memoryTotal ?? machine.card?.memoryTotal ?? null;
const powerLimit = (machine: Limits): number | null => reading(machine)?.powerLimit ?? machine.card?.powerLimit ?? null;

export const chartKinds: readonly ChartKind[] = [
  {
    name: 'utilisation',
    height: 100,
    unit: 'percent',
    write: amount.whole,
    of: 'card',
    quantities: ['utilisation'],
    lines: (series) => [line(series, 'utilisation', '--chart-utilisation')],
    most: () => 104,
    total: () => null,
  },
  {
    name: 'vram',
    height: 84,
    unit: 'gigabytes',
    write: amount.gigabytes,
    of: 'card',
    quantities: ['memoryUsed'],
    lines: memoryLines,
    most: (series, machine) => vramTotal(machine) ?? most(series, 'memoryUsed') * 1.1,
    total: vramTotal,
  },
  {
    name: 'power',
    height: 72,
    unit: 'watts',
    write: amount.whole,
    of: 'card',
    quantities: ['power'],
    lines: (series) => [line(series, 'power', '--chart-power')],
    most: (series, machine) => Math.max(powerLimit(machine) ?? 0, most(series, 'power')) * 1.04,
    total: powerLimit,
  },
  {
    name: 'pcie',
    height: 72,
    unit: 'gigabytesPerSecond',
    write: amount.rate,
    of: 'card',
    quantities: ['pcieReceive'],
    lines: (series) => [line(series, 'pcieReceive', '--chart-bus')],
    // Never so near that a bus at rest looks busy.
    most: (series, { card }) => Math.max((busRate(card?.pcie ?? null) ?? 1e9) / 4, most(series, 'pcieReceive') * 1.1),
    total: () => null,
  },
  {
    name: 'temperature',
    height: 56,
    unit: 'celsius',
    write: amount.whole,
    of: 'card',
    quantities: ['temperature'],
    lines: (series) => [line(series, 'temperature', '--chart-temperature', 0.12)],
    most: () => 100,
    total: () => null,
  },
  {
    name: 'clocks',
    height: 56,
    unit: 'gigahertz',
    write: amount.gigahertz,
    of: 'card',
    quantities: ['clockGraphics', 'clockMemory'],
    lines: clockLines,
    most: () => 1.08,
    total: () => null,
  },
  {
    name: 'cpu',
    height: 56,
    unit: 'percent',
    write: amount.whole,
    of: 'host',
    quantities: ['cpu'],
    lines: (series) => [line(series, 'cpu', '--chart-host')],
    most: () => 104,
    total: () => null,
  },
  {
    name: 'ram',
    height: 56,
    unit: 'gigabytes',
    write: amount.gigabytes,
    of: 'host',
    quantities: ['memoryUsed'],
    lines: (series) => [line(series, 'memoryUsed', '--chart-host')],
    most: (series, { sample }) => sample?.host.memoryTotal ?? most(series, 'memoryUsed') * 1.1,
    total: ({ sample }) => sample?.host.memoryTotal ?? null,
  },
  {
    name: 'disk',
    height: 40,
    unit: 'gigabytes',
    write: amount.gigabytes,
    of: 'host',
    quantities: ['diskUsed'],
    lines: (series) => [line(series, 'diskUsed', '--chart-host')],
    most: (series, { sample }) => sample?.host.diskTotal ?? most(series, 'diskUsed') * 1.1,
    total: ({ sample }) => sample?.host.diskTotal ?? null,
  },
];

export const seriesOf = (past: Past, { of }: ChartKind): Series => past[of];

/** The latest readings of a chart's quantities, just as they were told. */
export function latest(kind: ChartKind, machine: Limits): Reading[] {
  const from: Readonly<Record<string, unknown>> | undefined =
    kind.of === 'host' ? machine.sample?.host : reading(machine);
  return kind.quantities.map((quantity) => {
    const value = from?.[quantity];
    return typeof value === 'number' ? value : null;
  });
}

/** The readings at a moment of the past. */
export function readingsAt(kind: ChartKind, series: Series, time: number): Reading[] {
  const index = indexAt(series.times, time);
  return kind.quantities.map((quantity) => (index === null ? null : (columnOf(series, quantity)[index] ?? null)));
}

/** A chart of which nothing is known, now and in all that is shown, is not drawn. */
export const isKnown = (kind: ChartKind, past: Past, machine: Limits): boolean =>
  latest(kind, machine).some((value) => value !== null) ||
  kind.quantities.some((quantity) => rangeOf(columnOf(seriesOf(past, kind), quantity)) !== null);

/** Whether anything is told of whose memory it is. */
export const oursIsKnown = (past: Past, machine: Limits): boolean => {
  const now = reading(machine);
  return (now ? memoryOf(now)?.ours : null) != null || rangeOf(columnOf(past.card, 'memoryOurs')) !== null;
};

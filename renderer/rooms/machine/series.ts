import type { Live } from '../../../contract/engine.ts';
import type { PhaseBand } from '../../../contract/telemetry.ts';

export type Reading = number | null;

/** Readings along time, in buckets of equal length. It is added to in place: a chart draws what is there. */
export interface Series {
  /** Length of a bucket, ms. */
  readonly bucket: number;
  readonly span: number;
  readonly names: readonly string[];
  /** The middle of each bucket, ascending. */
  times: number[];
  columns: Reading[][];
  /** How many readings the last bucket of each column stands for. */
  weights: number[];
}

/** How far apart two readings may lie without a gap: a busy machine lets one fall out now and then. */
export const holdsFor = 1500;
const samplesPerSecond = 4;
export const mostPoints = 1000;

const bucketOf = (seconds: number): number =>
  Math.max(1, Math.ceil((seconds * samplesPerSecond) / mostPoints)) * (1000 / samplesPerSecond);

export const emptySeries = (names: readonly string[], seconds: number): Series => ({
  bucket: bucketOf(seconds),
  span: seconds * 1000,
  names,
  times: [],
  columns: names.map(() => []),
  weights: names.map(() => 0),
});

/** How many points are asked for, so that the studio's buckets are ours. */
export const pointsFor = (seconds: number): number =>
  Math.min(mostPoints, Math.ceil((seconds * 1000) / bucketOf(seconds)));

/** What the studio kept. Moments at which nothing was read stay out, unless there are so many that it is a gap. */
export function fromHistory(
  names: readonly string[],
  seconds: number,
  history: { times: readonly number[]; series: Readonly<Record<string, readonly Reading[]>> },
): Series {
  const series = emptySeries(names, seconds);
  const given = names.map((name) => history.series[name] ?? []);
  const known = (index: number): boolean => given.some((column) => (column[index] ?? null) !== null);
  for (const [index, time] of history.times.entries()) {
    if (known(index))
      push(
        series,
        time,
        given.map((column) => column[index] ?? null),
      );
  }
  // The last bucket has only begun: what comes counts as much as what is in it.
  const last = series.times.length - 1;
  series.weights = series.columns.map((column) => ((column[last] ?? null) === null ? 0 : 1));
  return series;
}

function push(series: Series, time: number, row: readonly Reading[]): void {
  const before = series.times.at(-1);
  if (before !== undefined && time - before > series.bucket + holdsFor) {
    series.times.push(before + series.bucket);
    for (const column of series.columns) column.push(null);
  }
  series.times.push(time);
  for (const [index, column] of series.columns.entries()) column.push(row[index] ?? null);
}

/** One more sample. Samples of one bucket become their mean. */
export function append(series: Series, time: number, row: readonly Reading[]): void {
  const middle = (Math.floor(time / series.bucket) + 0.5) * series.bucket;
  const before = series.times.at(-1);
  if (before !== undefined && middle <= before) {
    // The clock was put back: what lies in the future is forgotten.
    if (middle < before) return restart(series, middle, row);
    const last = series.times.length - 1;
    for (const [index, column] of series.columns.entries()) {
      const value = row[index] ?? null;
      if (value === null) continue;
      const weight = series.weights[index] ?? 0;
      column[last] = ((column[last] ?? 0) * weight + value) / (weight + 1);
      series.weights[index] = weight + 1;
    }
    return;
  }
  push(series, middle, row);
  series.weights = row.map((value) => (value === null ? 0 : 1));
  forget(series, time - series.span - series.bucket);
}

function restart(series: Series, middle: number, row: readonly Reading[]): void {
  series.times.length = 0;
  for (const column of series.columns) column.length = 0;
  append(series, middle, row);
}

function forget(series: Series, until: number): void {
  let count = 0;
  while ((series.times[count] ?? Number.POSITIVE_INFINITY) < until) count++;
  if (count === 0) return;
  series.times.splice(0, count);
  for (const column of series.columns) column.splice(0, count);
}

export const columnOf = (series: Series, name: string): Reading[] => series.columns[series.names.indexOf(name)] ?? [];

/** The place of the moment nearest to `time`; null when it is in a gap or there is none. */
export function indexAt(times: readonly number[], time: number): number | null {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((times[middle] ?? 0) < time) low = middle + 1;
    else high = middle;
  }
  const after = times[low];
  const before = times[low - 1];
  if (after === undefined) return before === undefined ? null : low - 1;
  if (before === undefined) return low;
  return after - time < time - before ? low : low - 1;
}

/** The bands that the studio told, carried on by what the render does since. `now` is the studio's clock. */
export function carryOn(bands: readonly PhaseBand[], live: Live | null, now: number): readonly PhaseBand[] {
  const last = bands.at(-1);
  if (live && last?.to === null && last.jobId === live.jobId && last.phase === live.phase) return bands;
  if (!live && last?.to !== null) return bands;
  const closed = bands.map((band) =>
    band.to === null ? { ...band, to: Math.max(band.from, live?.phaseSince ?? now) } : band,
  );
  return live ? [...closed, { jobId: live.jobId, phase: live.phase, from: live.phaseSince, to: null }] : closed;
}

/** Least and most of what is known; null when nothing is. */
export function rangeOf(column: readonly Reading[]): { least: number; most: number } | null {
  let least = Number.POSITIVE_INFINITY;
  let most = Number.NEGATIVE_INFINITY;
  for (const value of column) {
    if (value === null) continue;
    if (value < least) least = value;
    if (value > most) most = value;
  }
  return least > most ? null : { least, most };
}

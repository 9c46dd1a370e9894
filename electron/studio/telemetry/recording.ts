/** One row of readings, in the order of the track's columns; null is "not known at that moment". */
export type Row = readonly (number | null)[];

export interface Buckets {
  times: number[];
  columns: (number | null)[][];
}

/**
 * What was measured, for a limited number of moments. Every track (the computer, each card) has one row a moment.
 * Times are kept ascending whatever the clock does.
 */
export interface Recording {
  add(time: number, rows: ReadonlyMap<string, Row>): void;
  /** Means over buckets of equal length that end at `now`. */
  buckets(track: string, query: { seconds: number; points: number; now: number }): Buckets;
  /**
   * Moments since `from`, oldest first, `most` of them at most. `row` is null for a track that is not known.
   * Returns from when to go on; null when there are no more.
   */
  visit(from: number, most: number, see: (time: number, row: (track: string) => Row | null) => void): number | null;
}

/**
 * Samples come in slots of `interval` ms. A bucket is a whole number of slots and begins at a multiple of its length,
 * so that each bucket holds equally many samples and the same moment always falls into the same one.
 */
export function bucketLength(seconds: number, points: number, interval: number): number {
  return Math.max(1, Math.ceil((seconds * 1000) / points / interval)) * interval;
}

interface Track {
  columns: Float64Array[];
}

/** `widths` tells how many columns a track has. */
export function recording(capacity: number, interval: number, widths: (track: string) => number): Recording {
  const times = new Float64Array(capacity);
  const tracks = new Map<string, Track>();
  let next = 0;
  let count = 0;

  /** Where the `index`th oldest moment lies. */
  const slot = (index: number): number => (next - count + index + capacity) % capacity;
  const timeAt = (index: number): number => times[slot(index)] ?? Number.NaN;

  function track(id: string): Track {
    const known = tracks.get(id);
    if (known) return known;
    // Written moment by moment from here on; what lies before is not known.
    const columns = Array.from({ length: widths(id) }, () => new Float64Array(capacity));
    if (count > 0) for (const column of columns) column.fill(Number.NaN);
    const added = { columns };
    tracks.set(id, added);
    return added;
  }

  /** The first moment that is not before `time`. */
  function firstSince(time: number): number {
    let low = 0;
    let high = count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (timeAt(middle) < time) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The clock was put back: the past moves with it, so that it still lies before now. */
  function moveBack(by: number): void {
    for (let index = 0; index < count; index++) {
      const at = slot(index);
      times[at] = (times[at] ?? 0) - by;
    }
  }

  return {
    add(time, rows) {
      const last = count > 0 ? timeAt(count - 1) : Number.NEGATIVE_INFINITY;
      if (time <= last) moveBack(last - time + interval);
      for (const id of rows.keys()) track(id);
      times[next] = time;
      for (const [id, { columns }] of tracks) {
        const row = rows.get(id);
        for (const [index, column] of columns.entries()) column[next] = row?.[index] ?? Number.NaN;
      }
      next = (next + 1) % capacity;
      count = Math.min(count + 1, capacity);
    },

    buckets(id, { seconds, points, now }) {
      const length = bucketLength(seconds, points, interval);
      const wanted = Math.min(points, Math.ceil((seconds * 1000) / length));
      const first = Math.floor(now / length) - wanted + 1;
      const columns = tracks.get(id)?.columns ?? [];
      const sums = columns.map(() => new Float64Array(wanted));
      const counts = columns.map(() => new Uint32Array(wanted));
      for (let index = firstSince(first * length); index < count; index++) {
        const at = slot(index);
        const bucket = Math.floor((times[at] ?? 0) / length) - first;
        if (bucket >= wanted) break;
        for (const [each, column] of columns.entries()) {
          const value = column[at] ?? Number.NaN;
          const sum = sums[each];
          const seen = counts[each];
          if (Number.isNaN(value) || !sum || !seen) continue;
          sum[bucket] = (sum[bucket] ?? 0) + value;
          seen[bucket] = (seen[bucket] ?? 0) + 1;
        }
      }
      return {
        times: Array.from({ length: wanted }, (_, index) => (first + index + 0.5) * length),
        columns: columns.map((_, each) =>
          Array.from({ length: wanted }, (_, index) => {
            const seen = counts[each]?.[index] ?? 0;
            return seen === 0 ? null : (sums[each]?.[index] ?? 0) / seen;
          }),
        ),
      };
    },

    visit(from, most, see) {
      const first = firstSince(from);
      const end = Math.min(count, first + most);
      for (let index = first; index < end; index++) {
        const at = slot(index);
        see(timeAt(index), (id) => {
          const known = tracks.get(id);
          return known ? known.columns.map((column) => orNull(column[at])) : null;
        });
      }
      return end < count ? timeAt(end) : null;
    },
  };
}

const orNull = (value: number | undefined): number | null =>
  value === undefined || Number.isNaN(value) ? null : value;

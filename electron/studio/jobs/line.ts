import { type Store, transact } from '../storage/database.ts';

/** Not done, and not taken out: what the index of the line holds. */
export const inLine = "state_kind <> 'done' AND removed_at IS NULL";

export const lastPosition = (store: Store): number =>
  positionOf(store, 'SELECT max(position) AS position FROM jobs') ?? 0;

/** Where a job comes to stand just before another one, or at the end; null when no number is left for it. */
export function positionBefore(store: Store, id: string, before: string | null): number | null {
  const next = nextTo(store, id, before);
  if (next === null) return lastPosition(store) + 1;
  const previous = neighbour(store, 'max(position)', id, '<', next) ?? next - 2;
  const between = (previous + next) / 2;
  return between > previous && between < next ? between : null;
}

/** Halves of halves run out of digits after some fifty moves to one place: then all are counted anew. */
export function countAnew(store: Store, id: string, before: string | null): void {
  const next = nextTo(store, id, before);
  const others = store
    .prepare(`SELECT id, position FROM jobs WHERE ${inLine} AND id <> ? ORDER BY position, id`)
    .all(id) as { id: string; position: number }[];
  const at = next === null ? others.length : others.findIndex(({ position }) => position >= next);
  const ids = others.map((other) => other.id);
  ids.splice(at, 0, id);
  const put = store.prepare('UPDATE jobs SET position = ? WHERE id = ?');
  transact(store, () => {
    for (const [index, each] of ids.entries()) put.run(index + 1, each);
  });
}

/** The place of the first one that stands where `before` does, or behind: one that has ended still has its place. */
function nextTo(store: Store, id: string, before: string | null): number | null {
  const place = before === null ? null : positionOf(store, 'SELECT position FROM jobs WHERE id = ?', before);
  return place === null ? null : neighbour(store, 'min(position)', id, '>=', place);
}

function neighbour(store: Store, which: string, id: string, side: '<' | '>=', place: number): number | null {
  const others = `SELECT ${which} AS position FROM jobs WHERE ${inLine} AND id <> ? AND position ${side} ?`;
  return positionOf(store, others, id, place);
}

function positionOf(store: Store, sql: string, ...values: (string | number)[]): number | null {
  const row: unknown = store.prepare(sql).get(...values);
  return (row as { position: number | null } | undefined)?.position ?? null;
}

/** Jobs that something is to be done with at once. */
export interface Selection {
  readonly ids: ReadonlySet<string>;
  /** Where a range begins. */
  readonly anchor: string | null;
}

export const nothing: Selection = { ids: new Set(), anchor: null };

export function toggled({ ids }: Selection, id: string): Selection {
  const next = new Set(ids);
  if (!next.delete(id)) next.add(id);
  return { ids: next, anchor: id };
}

/** With everything from where it began up to this one, in the order of the rows. */
export function extended(selection: Selection, order: readonly string[], id: string): Selection {
  const to = order.indexOf(id);
  const from = selection.anchor === null ? to : order.indexOf(selection.anchor);
  if (to < 0) return selection;
  const [first, last] = from < 0 ? [to, to] : [Math.min(from, to), Math.max(from, to)];
  return { ids: new Set([...selection.ids, ...order.slice(first, last + 1)]), anchor: selection.anchor ?? id };
}

/** Of those that are still there. */
export function among({ ids, anchor }: Selection, order: readonly string[]): Selection {
  if (ids.size === 0) return nothing;
  const there = order.filter((id) => ids.has(id));
  return { ids: new Set(there), anchor };
}

/** What is chosen, and from where Shift counts. */
export interface Selection {
  readonly ids: ReadonlySet<string>;
  /** The place that was chosen last without Shift. */
  readonly anchor: number | null;
}

export const nothingSelected: Selection = { ids: new Set(), anchor: null };

export function toggled(selection: Selection, id: string, index: number): Selection {
  const ids = new Set(selection.ids);
  if (!ids.delete(id)) ids.add(id);
  return { ids, anchor: index };
}

/** The places from the anchor to `index`, both included, in order. */
export function rangeTo(selection: Selection, index: number): { first: number; last: number } {
  const anchor = selection.anchor ?? index;
  return { first: Math.min(anchor, index), last: Math.max(anchor, index) };
}

/** What Shift does: exactly the range, from the anchor that stays. */
export const extended = (selection: Selection, ids: Iterable<string>, index: number): Selection => ({
  ids: new Set(ids),
  anchor: selection.anchor ?? index,
});

export const without = (selection: Selection, gone: Iterable<string>): Selection => {
  const ids = new Set(selection.ids);
  for (const id of gone) ids.delete(id);
  return ids.size === 0 ? nothingSelected : { ...selection, ids };
};

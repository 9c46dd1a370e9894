/**
 * Hands on what comes in: the first at once, what follows within `restMs` together and in order. Steps may be faster
 * than a window can be drawn.
 */
export function batched<Item>(restMs: number, take: (items: readonly Item[]) => void): (item: Item) => void {
  let waiting: Item[] | null = null;
  const rest = () => {
    const items = waiting ?? [];
    waiting = items.length > 0 ? [] : null;
    if (items.length === 0) return;
    setTimeout(rest, restMs);
    take(items);
  };
  return (item) => {
    if (waiting) return void waiting.push(item);
    waiting = [];
    setTimeout(rest, restMs);
    take([item]);
  };
}

/** The canvas knows no custom properties: they are read once a theme. */
const known = new Map<string, string>();
const watchers = new Set<() => void>();
let observing = false;

function observe(): void {
  if (observing) return;
  observing = true;
  new MutationObserver(() => {
    known.clear();
    for (const watcher of watchers) watcher();
  }).observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] });
}

/** The value of a token such as "--chart-power" at the moment. */
export function colour(token: string): string {
  observe();
  const found = known.get(token) ?? getComputedStyle(document.documentElement).getPropertyValue(token).trim();
  known.set(token, found);
  return found;
}

/** The same, let through: `alpha` from 0 to 1. Tokens are written as #rrggbb. */
export const faded = (token: string, alpha: number): string =>
  `${colour(token)}${Math.round(alpha * 255)
    .toString(16)
    .padStart(2, '0')}`;

/** Tells when the theme changed. */
export function onTheme(watcher: () => void): () => void {
  observe();
  watchers.add(watcher);
  return () => watchers.delete(watcher);
}

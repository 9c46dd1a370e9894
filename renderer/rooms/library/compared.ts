/** Two clips side by side have an address of their own. */
export const comparing = (one: string, other: string): string => `compare,${one},${other}`;

export function comparedIn(place: string): readonly [string, string] | null {
  const [word, one, other, ...more] = place.split(',');
  return word === 'compare' && one && other && more.length === 0 ? [one, other] : null;
}

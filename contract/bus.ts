/** Bytes a second that a link such as "4.0 x16" can carry. */
export function busRate(pcie: string | null): number | null {
  const found = /^(\d)\.0 x(\d+)$/.exec(pcie ?? '');
  if (!found) return null;
  const lane = [0.25, 0.5, 0.985, 1.969, 3.938, 7.563][Number(found[1]) - 1];
  return lane === undefined ? null : lane * 1e9 * Number(found[2]);
}

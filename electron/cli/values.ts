import { absolute, Wrong } from './options.ts';

/** A link or a line, with whatever stands around it; or a file by its absolute path. */
export type Given = { kind: 'line'; line: string } | { kind: 'file'; path: string };

export const given = (text: string, option: string, folder: string): Given =>
  /\breelwright(:\/|-preset:)/i.test(text)
    ? { kind: 'line', line: text }
    : { kind: 'file', path: absolute(text, option, folder) };

/** What looks like a path is one; the rest is a name. */
export const modelName = (given: string, folder: string): string =>
  /[\\/]/.test(given) ? absolute(given, '--model', folder) : given;

const gib = 2 ** 30;

export function whole(option: string, given: string | undefined, range: { min: number; max: number }): number | null {
  if (given === undefined) return null;
  const value = /^\d{1,15}$/.test(given.trim()) ? Number(given) : Number.NaN;
  if (value >= range.min && value <= range.max) return value;
  throw new Wrong(`${option} takes a whole number from ${range.min} to ${range.max}; you gave "${given}".`);
}

/** Given in gigabytes. */
export function bytes(option: string, given: string | undefined, range: { min: number; max: number }): number | null {
  const gigabytes = decimal(option, given, { min: range.min / gib, max: range.max / gib });
  return gigabytes === null ? null : Math.round(gigabytes * gib);
}

export function decimal(option: string, given: string | undefined, range: { min: number; max: number }): number | null {
  if (given === undefined) return null;
  const value = /^\d{1,9}(\.\d{1,9})?$/.test(given.trim()) ? Number(given) : Number.NaN;
  if (value >= range.min && value <= range.max) return value;
  throw new Wrong(`${option} takes a number from ${range.min} to ${range.max}; you gave "${given}".`);
}

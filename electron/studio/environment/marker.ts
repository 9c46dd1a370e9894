import { existsSync, readdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { renameWhenLet } from '../storage/rename.ts';
import { Device, type Extras } from './outcome.ts';

/** environment.json: written last, set aside before anything is changed. Its presence means "proved". */
const Marker = z.object({
  format: z.literal(1),
  platform: z.string(),
  locks: z.object({ runtime: z.string(), development: z.string().nullable() }),
  python: z.object({ version: z.string(), base: z.string() }),
  torch: z.string().nullable(),
  device: Device,
  /** What lay in site-packages: a missing name is damage; an additional one is the user's own business. */
  packages: z.array(z.string()),
  created: z.string(),
});
export type Marker = z.infer<typeof Marker>;

const markerFile = (folder: string) => join(folder, 'environment.json');
const formerFile = (folder: string) => join(folder, 'environment.before.json');

export const platformName = `${process.platform}-${process.arch}`;

export function virtualEnvironment(folder: string): string {
  return join(folder, 'python');
}

export function interpreter(folder: string): string {
  const venv = virtualEnvironment(folder);
  return process.platform === 'win32' ? join(venv, 'Scripts', 'python.exe') : join(venv, 'bin', 'python');
}

/** The program behind the environment's interpreter; it changes when the system's Python is replaced. */
export function baseInterpreter(folder: string): string {
  return realpathSync(interpreter(folder));
}

export function sitePackages(folder: string): string {
  const venv = virtualEnvironment(folder);
  if (process.platform === 'win32') return join(venv, 'Lib', 'site-packages');
  const version = readdirSync(join(venv, 'lib')).find((name) => name.startsWith('python3'));
  return join(venv, 'lib', version ?? 'python3', 'site-packages');
}

export function listPackages(folder: string): string[] {
  return readdirSync(sitePackages(folder)).filter((name) => name !== '__pycache__');
}

export const readMarker = (folder: string): Marker | null => read(markerFile(folder));

/** What there was before a set-up that was cut; else what there is. */
export const lastMarker = (folder: string): Marker | null => readMarker(folder) ?? read(formerFile(folder));

function read(file: string): Marker | null {
  try {
    return Marker.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return null;
  }
}

export async function writeMarker(folder: string, marker: Marker): Promise<void> {
  const file = markerFile(folder);
  writeFileSync(`${file}.new`, `${JSON.stringify(marker, null, 2)}\n`, { flush: true });
  await renameWhenLet(`${file}.new`, file);
}

export async function setMarkerAside(folder: string): Promise<void> {
  if (existsSync(markerFile(folder))) await renameWhenLet(markerFile(folder), formerFile(folder));
}

/**
 * The cheap check of every start: a few file lookups, no process. Damage inside a package
 * escapes it; that shows as an import error in the worker, and `repairEnvironment` follows.
 */
export function stillGood(folder: string, marker: Marker, extras: Extras, lockHash: string): boolean {
  if (marker.platform !== platformName || marker.locks[extras] !== lockHash) return false;
  try {
    if (!existsSync(interpreter(folder)) || baseInterpreter(folder) !== marker.python.base) return false;
    const present = new Set(listPackages(folder));
    return marker.packages.every((name) => present.has(name));
  } catch {
    return false;
  }
}

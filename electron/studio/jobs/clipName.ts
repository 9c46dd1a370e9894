import { mkdir, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** A name in `folder` that no file has and no job waits to write to, made of the prompt's first words. */
export async function freeClipName(
  folder: string,
  prompt: string,
  isPromised: (file: string) => boolean,
): Promise<string> {
  const base = baseOf(prompt);
  await mkdir(folder, { recursive: true });
  for (let n = 1; ; n += 1) {
    const file = join(folder, numbered(base, n));
    const exists = (await stat(file).catch(() => null)) !== null;
    // Asked last: another job may have been promised the name meanwhile.
    if (!exists && !isPromised(file)) return file;
  }
}

/** The same for many at once: the folder is looked at once, and no name is given twice. */
export async function clipNamer(folder: string, promised: ReadonlySet<string>): Promise<(prompt: string) => string> {
  await mkdir(folder, { recursive: true });
  // Some disks do not tell capitals apart.
  const taken = new Set([...(await readdir(folder)).map((name) => join(folder, name)), ...promised].map(folded));
  const next = new Map<string, number>();
  return (prompt) => {
    const base = baseOf(prompt);
    for (let n = next.get(base) ?? 1; ; n += 1) {
      const file = join(folder, numbered(base, n));
      if (taken.has(folded(file))) continue;
      next.set(base, n + 1);
      taken.add(folded(file));
      return file;
    }
  };
}

const folded = (file: string): string => file.toLowerCase();

const numbered = (base: string, n: number): string => (n === 1 ? `${base}.mp4` : `${base}-${n}.mp4`);

function baseOf(prompt: string): string {
  const words = prompt.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? ['clip'];
  return cut(words.join('-')) || 'clip';
}
/** File names are limited in bytes on some systems: sixty characters, and never half of one. */
function cut(name: string): string {
  let bytes = 0;
  const kept: string[] = [];
  for (const character of name) {
    bytes += Buffer.byteLength(character);
    if (bytes > 120 || kept.length === 60) break;
    kept.push(character);
  }
  const short = kept.join('').replace(/-+$/, '');
  // Windows keeps these names for its devices.
  return /^(con|prn|aux|nul|com\d|lpt\d)$/.test(short) ? `${short}-clip` : short;
}

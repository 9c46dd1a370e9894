import { mkdir, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** A name in `folder` that no file has and no job waits to write to. `named` gives the nth to try, without ending. */
export async function freeClipName(
  folder: string,
  named: (n: number) => string,
  isPromised: (file: string) => boolean,
): Promise<string> {
  await mkdir(folder, { recursive: true });
  for (let n = 1; ; n += 1) {
    const file = join(folder, `${named(n)}.mp4`);
    const exists = (await stat(file).catch(() => null)) !== null;
    // Asked last: it is the one that changes.
    if (!exists && !isPromised(file)) return file;
  }
}

/**
 * The same for many at once: the folder is looked at once, and no name is given twice. What is promised is asked with
 * the first name: whoever makes jobs of the names without waiting in between shares none with anybody.
 */
export async function clipNamer(
  folder: string,
  promised: () => Iterable<string>,
): Promise<(named: (n: number) => string) => string> {
  await mkdir(folder, { recursive: true });
  const files = (await readdir(folder)).map((name) => join(folder, name));
  let known: Set<string> | null = null;
  const next = new Map<string, number>();
  return (named) => {
    // Some disks do not tell capitals apart.
    known ??= new Set([...files, ...promised()].map(folded));
    const taken = known;
    const base = named(1);
    for (let n = next.get(base) ?? 1; ; n += 1) {
      const file = join(folder, `${named(n)}.mp4`);
      if (taken.has(folded(file))) continue;
      next.set(base, n + 1);
      taken.add(folded(file));
      return file;
    }
  };
}

const folded = (file: string): string => file.toLowerCase();

import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import type { Row } from './rows.ts';

export const trashFolder = '.reelwright-trash';

/** Where the clip lies now: at its place, or in the trash. */
export const located = ({ trashFile, file }: Pick<Row, 'trashFile' | 'file'>): string => trashFile ?? file;

/**
 * Beside the clip, on the same disk, so that moving costs nothing. Null when there is no file to move: somebody else
 * took it, or its disk is not there.
 */
export async function trashPlace({ id, file }: Row): Promise<string | null> {
  if ((await stat(file).catch(() => null)) === null) return null;
  const folder = join(dirname(file), trashFolder);
  await mkdir(folder, { recursive: true }).catch(() => {});
  return join(folder, `${id}${extname(file)}`);
}

type TakenBack = { kind: 'back'; file: string } | { kind: 'gone' } | { kind: 'in-use' };

/** Puts the clip back in its place, or beside what stands there, or will, by now. */
export async function takeBack({ file, trashFile }: Row, isPromised: (file: string) => boolean): Promise<TakenBack> {
  const there = (await stat(file).catch(() => null)) !== null;
  // It never moved: it was gone by then, or in use.
  if (trashFile === null || trashFile === file) return { kind: 'back', file };
  if ((await stat(trashFile).catch(() => null)) === null) return there ? { kind: 'back', file } : { kind: 'gone' };
  const beside = join(dirname(file), `${basename(file, extname(file))}-${basename(trashFile)}`);
  const target = there || isPromised(file) ? beside : file;
  await mkdir(dirname(target), { recursive: true }).catch(() => {});
  return (await moved(trashFile, target)) ? { kind: 'back', file: target } : { kind: 'in-use' };
}

/** False when the system does not let it be moved: it is in use, as on Windows. */
export const moved = (from: string, to: string): Promise<boolean> =>
  rename(from, to).then(
    () => true,
    () => false,
  );

export const gone = (file: string): Promise<boolean> =>
  rm(file, { force: true, maxRetries: 3 }).then(
    () => true,
    () => false,
  );

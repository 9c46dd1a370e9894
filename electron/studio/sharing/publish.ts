import { randomBytes } from 'node:crypto';
import { link, open, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { renameWhenLet } from '../storage/rename.ts';
import { syncFolder } from '../storage/sync.ts';

/** What is asked of the file system; tests have it refuse. */
interface Files {
  link(from: string, to: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
}

/** Where a file is written before it has its name. */
export const temporaryOf = (destination: string): string =>
  join(dirname(destination), `.reelwright-${randomBytes(8).toString('hex')}.part`);

/**
 * Gives a written file its name: it appears there whole or not at all.
 * @throws an error of the file system: EEXIST where the name is taken
 */
export async function publish(
  temporary: string,
  destination: string,
  overwrite: boolean,
  files: Files = { link, rename: renameWhenLet },
): Promise<void> {
  if (overwrite) await files.rename(temporary, destination);
  else await putInFreePlace(temporary, destination, files);
  // Some file systems refuse it: then it is as safe as it can be there.
  await syncFolder(dirname(destination)).catch(() => {});
}

async function putInFreePlace(temporary: string, destination: string, files: Files): Promise<void> {
  try {
    await files.link(temporary, destination);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') throw error;
    // The file system knows no links: the name is reserved, then the file put in its place.
    await (await open(destination, 'wx')).close();
    try {
      await files.rename(temporary, destination);
    } catch (failed) {
      await rm(destination, { force: true });
      throw failed;
    }
  }
}

/** A file of these bytes, which appears whole or not at all. @throws an error of the file system */
export async function writeWhole(destination: string, bytes: Uint8Array, overwrite: boolean): Promise<void> {
  const temporary = temporaryOf(destination);
  try {
    const file = await open(temporary, 'wx');
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await publish(temporary, destination, overwrite);
  } finally {
    await rm(temporary, { force: true, maxRetries: 3 });
  }
}

import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, rm, stat, statfs } from 'node:fs/promises';
import { dirname, extname } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { renameWhenLet } from '../storage/rename.ts';
import { syncFile, syncFolder } from '../storage/sync.ts';
import { hashOf } from './reading.ts';
import { TaskFailed } from './tasks.ts';

/** @throws {TaskFailed} */
export async function checkRoom(folder: string, bytes: number): Promise<void> {
  await mkdir(folder, { recursive: true });
  const { bavail, bsize } = await statfs(folder);
  if (bavail * bsize < bytes) throw new TaskFailed('full', folder);
}

export interface Copy {
  source: string;
  target: string;
  sha256: string;
  bytes: number;
  /** 1 when it was made by the move; 0 when the same bytes had the name already. */
  ours: number;
}

/**
 * A copy that was written to the disk and read back. Where the name is taken by the same bytes, that is the copy: an
 * earlier try left it. Null when the source is gone.
 */
export async function copyVerified(
  source: string,
  wanted: string,
  told: (bytes: number) => void,
  signal: AbortSignal,
  written: () => void | Promise<void>,
): Promise<Copy | null> {
  await mkdir(dirname(wanted), { recursive: true });
  const part = `${wanted}.reelwright-part`;
  const hash = createHash('sha256');
  let bytes = 0;
  const counted = new Transform({
    transform(chunk: Buffer, _, done) {
      hash.update(chunk);
      bytes += chunk.length;
      told(bytes);
      done(null, chunk);
    },
  });
  try {
    await pipeline(createReadStream(source), counted, createWriteStream(part), { signal });
    await syncFile(part);
    await written();
    const sha256 = hash.digest('hex');
    if ((await hashOf(part, signal)) !== sha256) throw new TaskFailed('not-the-same', wanted);
    const target = await freePlace(wanted, sha256, signal);
    if (target.taken) await rm(part);
    else await renameWhenLet(part, target.file);
    await syncFolder(dirname(target.file));
    return { source, target: target.file, sha256, bytes, ours: target.taken ? 0 : 1 };
  } catch (error) {
    await rm(part, { force: true }).catch(() => {});
    const gone = (error as { code?: unknown }).code === 'ENOENT' && (await stat(source).catch(() => null)) === null;
    if (gone) return null;
    throw error;
  }
}

async function freePlace(
  wanted: string,
  sha256: string,
  signal: AbortSignal,
): Promise<{ file: string; taken: boolean }> {
  const ending = extname(wanted);
  for (let n = 1; ; n += 1) {
    const file = n === 1 ? wanted : `${wanted.slice(0, wanted.length - ending.length)}-${n}${ending}`;
    if ((await stat(file).catch(() => null)) === null) return { file, taken: false };
    if ((await hashOf(file, signal).catch(() => null)) === sha256) return { file, taken: true };
  }
}

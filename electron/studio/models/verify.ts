import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Failure } from '../../../contract/failure.ts';
import type { Model } from '../../../contract/model.ts';
import type { Store } from '../storage/database.ts';

/**
 * Compares a model's files with the sizes and SHA-256 sums of its description. A file that was
 * proved once is taken as proved while its size and time of change stay the same.
 * @returns null when every byte is as it should be.
 */
export async function verifyModel(model: Model, store: Store): Promise<Failure | null> {
  for (const { path, bytes, sha256 } of model.files) {
    const file = join(model.folder, path);
    const info = await stat(file).catch(() => null);
    if (info === null) return badWeights(path, 'missing', `${file} does not exist`);
    if (info.size !== bytes) {
      const problem = info.size < bytes ? 'truncated' : 'damaged';
      return badWeights(path, problem, `${file} has ${info.size} bytes instead of ${bytes}`);
    }
    const modified = Math.floor(info.mtimeMs);
    if (isProved(store, file, bytes, modified, sha256)) continue;
    const found = await hashFile(file).catch((error: unknown) => error);
    // Its disk was taken away, or fails.
    if (typeof found !== 'string') return badWeights(path, 'unreadable', `${file} cannot be read: ${found}`);
    if (found !== sha256) return badWeights(path, 'damaged', `${file} hashes to ${found} instead of ${sha256}`);
    remember(store, file, bytes, modified, sha256);
  }
  return null;
}

export async function hashFile(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file, { highWaterMark: 1 << 20 }), hash);
  return hash.digest('hex');
}

const badWeights = (
  file: string,
  problem: Extract<Failure, { cause: 'bad-weights' }>['problem'],
  detail: string,
): Failure => ({ cause: 'bad-weights', phase: 'loading', file, problem, detail });

/** Text files are small and edited by people: only large files are worth remembering. */
const worthRemembering = 64 * 1024 * 1024;

function isProved(store: Store, file: string, bytes: number, modified: number, sha256: string): boolean {
  if (bytes < worthRemembering) return false;
  return (
    store
      .prepare('SELECT 1 FROM verified_files WHERE path = ? AND bytes = ? AND modified_ms = ? AND sha256 = ?')
      .get(file, bytes, modified, sha256) !== undefined
  );
}

function remember(store: Store, file: string, bytes: number, modified: number, sha256: string): void {
  if (bytes < worthRemembering) return;
  store
    .prepare('INSERT OR REPLACE INTO verified_files (path, bytes, modified_ms, sha256) VALUES (?, ?, ?, ?)')
    .run(file, bytes, modified, sha256);
}

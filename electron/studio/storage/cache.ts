import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

export interface Cached {
  /** Prompts that were read, as the denoiser takes them. */
  promptsBytes: number;
  /** What was compiled for this card. */
  kernelsBytes: number;
}

export async function cached(folder: string): Promise<Cached> {
  const names = await readdir(folder).catch(() => []);
  const sizes = await Promise.all(names.map(async (name) => ({ name, bytes: await sizeOf(join(folder, name)) })));
  const sum = (wanted: (name: string) => boolean) =>
    sizes.reduce((total, { name, bytes }) => (wanted(name) ? total + bytes : total), 0);
  return { promptsBytes: sum((name) => name === 'prompts'), kernelsBytes: sum((name) => name !== 'prompts') };
}

export async function clearCache(folder: string): Promise<void> {
  // Windows lets go of files a moment after a process ends.
  await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
}

/** Of a file, or of all that is in a folder. What goes away meanwhile counts for nothing. */
async function sizeOf(path: string): Promise<number> {
  const found = await stat(path).catch(() => null);
  if (found === null) return 0;
  if (!found.isDirectory()) return found.size;
  const names = await readdir(path).catch(() => []);
  const sizes = await Promise.all(names.map((name) => sizeOf(join(path, name))));
  return sizes.reduce((sum, bytes) => sum + bytes, 0);
}

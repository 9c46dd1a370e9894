import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Disk } from './host.ts';

/** The disk that holds `folder`, which need not exist yet; null where it cannot be asked. */
export async function diskOf(folder: string): Promise<Disk | null> {
  try {
    const { blocks, bavail, bsize } = await statfs(folder);
    return { total: blocks * bsize, used: (blocks - bavail) * bsize };
  } catch (error) {
    const parent = dirname(folder);
    return (error as NodeJS.ErrnoException).code === 'ENOENT' && parent !== folder ? diskOf(parent) : null;
  }
}

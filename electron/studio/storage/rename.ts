import { rename } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';

/** Virus scanners hold new files for a moment on Windows. */
export async function renameWhenLet(from: string, to: string, move = rename): Promise<void> {
  for (const waitMs of [50, 200, 500, 1000, 2000]) {
    try {
      return await move(from, to);
    } catch (error) {
      if (!['EBUSY', 'EPERM', 'EACCES'].includes(String((error as { code?: unknown }).code))) throw error;
      await pause(waitMs);
    }
  }
  await move(from, to);
}

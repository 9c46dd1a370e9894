import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';

export type StorageProblem = 'read-only' | 'full' | 'gone';

/**
 * What a failing disk or database means for what was asked; null when it is not one of these. SQLite does not always say
 * why it could not write: then `home`, the data folder, is tried.
 */
export function storageProblem(error: unknown, home: string, trial = tryToWrite): StorageProblem | null {
  const code = codeOf(error);
  if (!/^SQLITE_(IOERR|CANTOPEN)/.test(code)) return meaningOf(code);
  return meaningOf(codeOf(trial(home))) ?? 'gone';
}

function meaningOf(code: string): StorageProblem | null {
  if (code === 'ENOSPC' || code === 'EDQUOT' || code === 'SQLITE_FULL') return 'full';
  if (code === 'ENOENT' || code === 'SQLITE_READONLY_DBMOVED') return 'gone';
  if (code === 'EROFS' || code === 'EACCES' || code === 'EPERM' || code.startsWith('SQLITE_READONLY'))
    return 'read-only';
  return null;
}

const codeOf = (error: unknown): string => String((error as { code?: unknown } | null)?.code ?? '');

/** The error of writing a small file there; null when it can be written. */
function tryToWrite(folder: string): unknown {
  const file = join(folder, '.reelwright-trial.tmp');
  try {
    rmSync(file, { force: true });
    const opened = openSync(file, 'wx');
    try {
      writeSync(opened, Buffer.alloc(4096));
    } finally {
      closeSync(opened);
    }
    return null;
  } catch (error) {
    return error;
  } finally {
    rmSync(file, { force: true });
  }
}

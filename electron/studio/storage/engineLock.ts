import { dirname } from 'node:path';
import Database from 'libsql';
import { makeFolder } from './folder.ts';

export type EngineLock = { kind: 'held'; release(): void } | { kind: 'busy' };

/**
 * One engine a data folder. SQLite's own file lock does the work: the system lets go of it
 * when the process ends, however it ends, on every platform.
 */
export function lockEngine(file: string): EngineLock {
  makeFolder(dirname(file));
  const store = new Database(file, { timeout: 0 });
  try {
    store.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    store.close();
    if (error instanceof Error && /locked|busy/i.test(error.message)) return { kind: 'busy' };
    throw error;
  }
  return {
    kind: 'held',
    release() {
      store.exec('ROLLBACK');
      store.close();
    },
  };
}

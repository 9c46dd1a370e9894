import { dirname } from 'node:path';
import Database from 'libsql';
import { makeFolder } from './folder.ts';
import { migrations } from './migrations.ts';

export type Store = Database.Database;

/**
 * Opens the studio's SQLite store and brings it to the newest shape.
 * @throws {NewerStore} when a newer studio wrote it: nothing is touched then.
 */
export function openStore(file: string): Store {
  makeFolder(dirname(file));
  const store = new Database(file, { timeout: 5000 });
  try {
    store.pragma('journal_mode = WAL');
    store.pragma('synchronous = NORMAL');
    store.pragma('foreign_keys = ON');
    migrate(store, file);
    return store;
  } catch (error) {
    store.close();
    throw error;
  }
}

/** Runs it whole or not at all. Immediate: what it reads first nobody changes before it writes. */
export function transact<Result>(store: Store, work: () => Result): Result {
  store.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    store.exec('COMMIT');
    return result;
  } catch (error) {
    // On a full disk SQLite has rolled back by itself, and what is to be heard is that the disk is full.
    if (store.inTransaction) store.exec('ROLLBACK');
    throw error;
  }
}

/**
 * What somebody would miss: once it returns it is on the disk itself, with all that was written before it. Of anything
 * else a power cut may take the last seconds.
 */
export function lasting<Result>(store: Store, work: () => Result): Result {
  store.pragma('synchronous = FULL');
  try {
    return work();
  } finally {
    store.pragma('synchronous = NORMAL');
  }
}

export class NewerStore extends Error {
  constructor(file: string, found: number) {
    super(`${file} was written by a newer Reelwright (version ${found} of the store). Update Reelwright to open it.`);
  }
}

function migrate(store: Store, file: string): void {
  // Immediate: two studios that start at once must not both run a migration.
  const advance = () => {
    const found = readVersion(store);
    if (found > migrations.length) throw new NewerStore(file, found);
    for (const sql of migrations.slice(found)) store.exec(sql);
    store.exec(`PRAGMA user_version = ${migrations.length}`);
  };
  if (readVersion(store) !== migrations.length) transact(store, advance);
}

function readVersion(store: Store): number {
  const row: unknown = store.prepare('PRAGMA user_version').get();
  return Number((row as { user_version: number }).user_version);
}

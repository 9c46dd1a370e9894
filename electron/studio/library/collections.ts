import { randomUUID } from 'node:crypto';
import type { Collection } from '../../../contract/clip.ts';
import { Refused } from '../refused.ts';
import { type Store, transact } from '../storage/database.ts';

/** Clips that somebody put together under a name. A clip can be in several. */
export class Collections {
  readonly #store: Store;
  readonly #now: () => number;
  readonly #changed: () => void;

  constructor(store: Store, now: () => number, changed: () => void) {
    this.#store = store;
    this.#now = now;
    this.#changed = changed;
  }

  list(): Collection[] {
    const rows = this.#store
      .prepare(
        `SELECT id, name, (SELECT count(*) FROM collected JOIN clips ON clips.id = clip
           WHERE collection = collections.id AND clips.deleted_at IS NULL) AS clips
         FROM collections WHERE deleted_at IS NULL ORDER BY name COLLATE NOCASE, created_at`,
      )
      .all() as Collection[];
    return rows.map(({ id, name, clips }) => ({ id, name, clips }));
  }

  create(name: string, clips: readonly string[]): Collection {
    const id = randomUUID();
    const put = transact(this.#store, () => {
      this.#store.prepare('INSERT INTO collections (id, name, created_at) VALUES (?, ?, ?)').run(id, name, this.#now());
      return this.#put(id, clips);
    });
    this.#changed();
    return { id, name, clips: put };
  }

  rename(id: string, name: string): void {
    this.#require(id);
    this.#store.prepare('UPDATE collections SET name = ? WHERE id = ?').run(name, id);
    this.#changed();
  }

  delete(id: string): void {
    this.#require(id);
    this.#store.prepare('UPDATE collections SET deleted_at = ? WHERE id = ?').run(this.#now(), id);
    this.#changed();
  }

  restore(id: string): void {
    const { changes } = this.#store.prepare('UPDATE collections SET deleted_at = NULL WHERE id = ?').run(id);
    if (changes === 0) throw new Refused({ reason: 'clip', problem: 'collection-gone' });
    this.#changed();
  }

  put(id: string, clips: readonly string[]): void {
    this.#require(id);
    transact(this.#store, () => this.#put(id, clips));
    this.#changed();
  }

  take(id: string, clips: readonly string[]): void {
    this.#require(id);
    const take = this.#store.prepare('DELETE FROM collected WHERE collection = ? AND clip = ?');
    transact(this.#store, () => {
      for (const clip of clips) take.run(id, clip);
    });
    this.#changed();
  }

  /** What was deleted before this start does not come back. */
  tidy(): void {
    this.#store.prepare('DELETE FROM collections WHERE deleted_at IS NOT NULL').run();
  }

  /** How many were not in it yet; clips that have gone meanwhile are passed over. */
  #put(id: string, clips: readonly string[]): number {
    const put = this.#store.prepare(
      'INSERT OR IGNORE INTO collected (collection, clip) SELECT ?, id FROM clips WHERE id = ?',
    );
    return clips.reduce((count, clip) => count + put.run(id, clip).changes, 0);
  }

  #require(id: string): void {
    const found = this.#store.prepare('SELECT 1 FROM collections WHERE id = ? AND deleted_at IS NULL').get(id);
    if (found === undefined) throw new Refused({ reason: 'clip', problem: 'collection-gone' });
  }
}

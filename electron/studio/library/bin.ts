import { stat } from 'node:fs/promises';
import { setImmediate } from 'node:timers/promises';
import { Refused } from '../refused.ts';
import { type Store, transact } from '../storage/database.ts';
import type { LibraryChange } from './library.ts';
import { type Row, readRows } from './rows.ts';
import { gone, moved, takeBack, trashPlace } from './trash.ts';

/** How long what was deleted can be restored. */
const trashMs = 30 * 24 * 3600 * 1000;
/** Clips that are worked on before others have their turn: some milliseconds. */
const inOneBreath = 50;

export interface BinParts {
  store: Store;
  now: () => number;
  changed: (change: LibraryChange) => void;
  isPromised: (file: string) => boolean;
  posterOf: (id: string) => string;
}

/**
 * What was deleted, and how it comes back. Ten thousand at once go in parts, between which the studio answers; what is
 * asked for meanwhile waits for its turn, so that nothing is deleted for good that is just coming back.
 */
export class Bin {
  readonly #parts: BinParts;
  #last: Promise<unknown> = Promise.resolve();

  constructor(parts: BinParts) {
    this.#parts = parts;
  }

  /** Into the trash. @throws {Refused} before anything is done, where one of them is not there. */
  put(ids: readonly string[]): Promise<void> {
    return this.#inTurn(() => this.#put(ids));
  }

  /** Every clip whose file is there comes back. @throws {Refused} when one is not. */
  takeBack(ids: readonly string[]): Promise<void> {
    return this.#inTurn(() => this.#takeBack(ids));
  }

  /**
   * Deletes for good: these, or everything that was deleted when `ids` is null.
   * @throws {Refused} when a file is in use; the others have gone by then.
   */
  empty(ids: readonly string[] | null): Promise<void> {
    return this.#inTurn(() => this.#empty(ids));
  }

  /** What could not be moved is tried again, and what has been here for long enough goes. */
  tidy(): Promise<void> {
    return this.#inTurn(() => this.#tidy());
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.#last.then(work);
    this.#last = done.catch(() => {});
    return done;
  }

  async #put(ids: readonly string[]): Promise<void> {
    this.#require(ids);
    await this.#each(ids, async (clips) => {
      const there = clips.filter(({ deletedAt }) => deletedAt === null);
      await this.#move(there.map((clip) => ({ clip, at: this.#parts.now() })));
      return { added: [], removed: there.map(({ id }) => id) };
    });
  }

  async #takeBack(ids: readonly string[]): Promise<void> {
    this.#require(ids);
    let problem: 'file-gone' | 'in-use' | null = null;
    await this.#each(ids, async (clips) => {
      const added: string[] = [];
      // One after the other: two may want the same place.
      for (const clip of clips.filter(({ deletedAt }) => deletedAt !== null)) {
        const back = await takeBack(clip, this.#parts.isPromised);
        if (back.kind !== 'back') {
          problem = back.kind === 'in-use' ? 'in-use' : (problem ?? 'file-gone');
          continue;
        }
        this.#parts.store
          .prepare('UPDATE clips SET deleted_at = NULL, trash_file = NULL, file = ? WHERE id = ?')
          .run(back.file, clip.id);
        added.push(clip.id);
      }
      return { added, removed: [] };
    });
    if (problem !== null) throw new Refused({ reason: 'clip', problem });
  }

  async #empty(ids: readonly string[] | null): Promise<void> {
    if (ids !== null) this.#require(ids, true);
    const all = ids ?? this.#ids('SELECT id FROM clips WHERE deleted_at IS NOT NULL', []);
    let kept = 0;
    await this.#each(all, async (clips) => {
      const removed: string[] = [];
      await Promise.all(
        clips.map(async (clip) => {
          // Restored meanwhile; and a file that was not there when it was deleted was never the trash's to delete.
          if (clip.deletedAt === null) return;
          if (clip.trashFile !== null && !(await gone(clip.trashFile))) {
            kept += 1;
            return;
          }
          await gone(this.#parts.posterOf(clip.id));
          removed.push(clip.id);
        }),
      );
      transact(this.#parts.store, () => {
        for (const id of removed) {
          this.#parts.store.prepare('DELETE FROM clips WHERE id = ?').run(id);
          this.#parts.store.prepare("DELETE FROM jobs WHERE id = ? AND state_kind = 'done'").run(id);
        }
      });
      return { added: [], removed };
    });
    if (kept > 0) throw new Refused({ reason: 'clip', problem: 'in-use' });
  }

  async #tidy(): Promise<void> {
    const { now, store } = this.#parts;
    const inPlace = readRows(store, 'WHERE deleted_at IS NOT NULL AND trash_file = file', []);
    for (const clip of inPlace) {
      if (await exists(clip.file)) await this.#move([{ clip, at: clip.deletedAt ?? now() }]);
    }
    const old = this.#ids('SELECT id FROM clips WHERE deleted_at < ?', [now() - trashMs]);
    // What is in use is tried again at the next start.
    await this.#empty(old).catch((error: unknown) => {
      if (!(error instanceof Refused)) throw error;
    });
  }

  set(id: string, deletedAt: number, trashFile: string | null): void {
    this.#parts.store
      .prepare('UPDATE clips SET deleted_at = ?, trash_file = ? WHERE id = ?')
      .run(deletedAt, trashFile, id);
  }

  async #move(deleted: readonly { clip: Row; at: number }[]): Promise<void> {
    const placed = await Promise.all(deleted.map(async (each) => ({ ...each, place: await trashPlace(each.clip) })));
    // Written first: a file that has moved without a word could not be found again.
    transact(this.#parts.store, () => {
      for (const { clip, at, place } of placed) this.set(clip.id, at, place);
    });
    await Promise.all(
      placed.map(async ({ clip, at, place }) => {
        // It is in use: it stays there until the next start.
        if (place !== null && !(await moved(clip.file, place))) this.set(clip.id, at, clip.file);
      }),
    );
  }

  /** In parts; what was done is told even where one of them fails. */
  async #each(ids: readonly string[], part: (clips: Row[]) => Promise<LibraryChange>): Promise<void> {
    const added: string[] = [];
    const removed: string[] = [];
    try {
      for (let from = 0; from < ids.length; from += inOneBreath) {
        const list = JSON.stringify(ids.slice(from, from + inOneBreath));
        const clips = readRows(this.#parts.store, 'WHERE id IN (SELECT value FROM json_each(?))', [list]);
        const done = await part(clips);
        added.push(...done.added);
        removed.push(...done.removed);
        await setImmediate();
      }
    } finally {
      if (added.length + removed.length > 0) this.#parts.changed({ added, removed });
    }
  }

  #require(ids: readonly string[], deleted = false): void {
    const count = (more: string) => {
      const found: unknown = this.#parts.store
        .prepare(`SELECT count(*) AS count FROM clips WHERE id IN (SELECT value FROM json_each(?))${more}`)
        .get(JSON.stringify(ids));
      return (found as { count: number }).count;
    };
    const wanted = new Set(ids).size;
    if (count('') < wanted) throw new Refused({ reason: 'clip', problem: 'gone' });
    if (deleted && count(' AND deleted_at IS NOT NULL') < wanted)
      throw new Refused({ reason: 'clip', problem: 'not-in-trash' });
  }

  #ids(query: string, values: number[]): string[] {
    const rows = this.#parts.store.prepare(query).all(...values) as { id: string }[];
    return rows.map(({ id }) => id);
  }
}

const exists = async (file: string): Promise<boolean> => (await stat(file).catch(() => null)) !== null;

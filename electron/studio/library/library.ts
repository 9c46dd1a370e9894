import { stat } from 'node:fs/promises';
import { dirname, extname, join } from 'node:path';
import type { Clip, ClipPage, ClipQuery } from '../../../contract/clip.ts';
import { safeFileName } from '../../../contract/clipName.ts';
import type { Job } from '../../../contract/job.ts';
import type { RecoveryNote } from '../../../contract/recovery.ts';
import type { PhaseSeconds } from '../../../contract/render.ts';
import { Refused } from '../refused.ts';
import type { Store } from '../storage/database.ts';
import { Collections } from './collections.ts';
import { Mover } from './moving.ts';
import { type Entry, indexedWords, type Row, readRows, writeEntry } from './rows.ts';
import { conditionsOf, type NamedModel } from './search.ts';
import { gone, located, moved, takeBack, trashPlace } from './trash.ts';

/** How long what was deleted can be restored. */
const trashMs = 30 * 24 * 3600 * 1000;

/** Each page reads its clips anew when it hears of some. */
const gatheredMs = 500;

export interface LibraryChange {
  added: string[];
  removed: string[];
}

interface Made {
  bytes: number;
  seconds: number;
  phaseSeconds: PhaseSeconds;
  recoveries?: RecoveryNote[] | undefined;
}

/** The finished clips. The files are the user's: what is deleted first goes to a trash beside them. */
export class Library {
  readonly collections: Collections;
  readonly mover: Mover;
  readonly #store: Store;
  readonly #posters: string;
  readonly #now: () => number;
  readonly #changed: (change: LibraryChange) => void;
  readonly #isPromised: (file: string) => boolean;

  /** `isPromised` is true of files that clips which wait to be made will have. */
  constructor(
    store: Store,
    posters: string,
    now: () => number,
    changed: (change: LibraryChange) => void = () => {},
    isPromised: (file: string) => boolean = () => false,
  ) {
    this.collections = new Collections(store, now, () => changed({ added: [], removed: [] }));
    this.mover = new Mover(store, () => changed({ added: [], removed: [] }));
    this.#store = store;
    this.#posters = posters;
    this.#now = now;
    this.#changed = changed;
    this.#isPromised = isPromised;
  }

  add(job: Job, made: Made): void {
    const { id, out, model, settings } = job;
    const entry = { id, createdAt: this.#now(), file: out, model, settings, unknown: [], maker: null, ...made };
    this.enter([{ ...entry, recoveries: made.recoveries ?? [] }]);
  }

  /** Adds clips, or reads anew what their files say. What else had such a file's name is forgotten. */
  enter(entries: readonly Entry[], tell = this.#changed): void {
    const removed: string[] = [];
    const write = this.#store.transaction(() => {
      for (const entry of entries) {
        // What lies in a trash had this name before; what could not be moved there lay here, and was written over.
        const replaced = readRows(
          this.#store,
          'WHERE file = ? AND id <> ? AND (trash_file IS NULL OR trash_file = file)',
          [entry.file, entry.id],
        );
        for (const { id } of replaced) this.#store.prepare('DELETE FROM clips WHERE id = ?').run(id);
        removed.push(...replaced.map(({ id }) => id));
        writeEntry(this.#store, entry);
      }
    });
    write.immediate();
    tell({ added: entries.map(({ id }) => id), removed });
  }

  /** Adds a clip that lies in the trash, from where it can be put back to `place`. */
  enterTrashed(entry: Entry, place: string, tell = this.#changed): void {
    const write = this.#store.transaction(() => {
      writeEntry(this.#store, { ...entry, file: place });
      this.#setTrash(entry.id, this.#now(), entry.file);
    });
    write.immediate();
    tell({ added: [], removed: [] });
  }

  /** For `enter` of many, one by one: pages hear of them now and then, and of the last with `flush`. */
  gathering(): { tell: (change: LibraryChange) => void; flush: () => void } {
    let gathered: LibraryChange | null = null;
    let toldAt = performance.now();
    const flush = () => {
      if (gathered !== null) this.#changed(gathered);
      gathered = null;
      toldAt = performance.now();
    };
    return {
      flush,
      tell: ({ added, removed }) => {
        gathered = {
          added: [...(gathered?.added ?? []).filter((id) => !removed.includes(id)), ...added],
          removed: [...(gathered?.removed ?? []), ...removed],
        };
        if (performance.now() - toldAt >= gatheredMs) flush();
      },
    };
  }

  has(id: string): boolean {
    return readRows(this.#store, 'WHERE id = ?', [id]).length > 0;
  }

  /** A clip lies there, at its place or in the trash. */
  hasFile(file: string): boolean {
    const found = this.#store.prepare('SELECT 1 FROM clips WHERE trash_file = ? OR (file = ? AND trash_file IS NULL)');
    return found.get(file, file) !== undefined;
  }

  filesOfSize(bytes: number): string[] {
    return readRows(this.#store, 'WHERE bytes = ?', [bytes]).map(located);
  }

  /** Every folder that a clip was put into by the studio or taken in from. */
  folders(): string[] {
    const rows = this.#store.prepare('SELECT DISTINCT file FROM clips').all() as { file: string }[];
    return [...new Set(rows.map(({ file }) => dirname(file)))];
  }

  /** Gives the clip's file another name in its folder. @throws {Refused} */
  async rename(id: string, wanted: string): Promise<Clip> {
    const clip = this.#find(id);
    const name = safeFileName(wanted);
    if (name === '') throw new Refused({ reason: 'clip', problem: 'name-empty' });
    if (clip.deletedAt !== null) throw new Refused({ reason: 'clip', problem: 'gone' });
    const { file } = clip;
    const target = join(dirname(file), `${name}${extname(file)}`);
    const there = await stat(file, { bigint: true }).catch(() => null);
    if (there === null) throw new Refused({ reason: 'clip', problem: 'file-gone' });
    const other = await stat(target, { bigint: true }).catch(() => null);
    // Where case says nothing, another case is the same file.
    const taken = other !== null && (other.ino !== there.ino || other.dev !== there.dev);
    if (taken || this.#isPromised(target)) throw new Refused({ reason: 'clip', problem: 'name-taken' });
    if (!(await moved(file, target))) throw new Refused({ reason: 'clip', problem: 'in-use' });
    this.#store.prepare('UPDATE clips SET file = ? WHERE id = ?').run(target, id);
    this.#changed({ added: [], removed: [] });
    return this.get(id);
  }

  /** `models` are those whose names may be searched for. */
  async page(query: ClipQuery, offset: number, limit: number, models: readonly NamedModel[] = []): Promise<ClipPage> {
    const { where, values } = conditionsOf(query, models);
    const order = query.order === 'newest' ? 'DESC' : 'ASC';
    const inOrder = `ORDER BY created_at ${order}, id ${order}`;
    const counted: unknown = this.#store.prepare(`SELECT count(*) AS total FROM clips ${where}`).get(...values);
    const { total } = counted as { total: number };
    if (offset >= total) return { total, offset, clips: [] };
    // The index alone says which: only their rows are read.
    const rows = readRows(
      this.#store,
      `WHERE rowid IN (SELECT rowid FROM clips ${where} ${inOrder} LIMIT ? OFFSET ?) ${inOrder}`,
      [...values, limit, offset],
    );
    return { total, offset, clips: await Promise.all(rows.map(withPresence)) };
  }

  async get(id: string): Promise<Clip> {
    return withPresence(this.#find(id));
  }

  /** The models that there are clips of, the one with the most first. */
  models(): string[] {
    const rows = this.#store
      .prepare('SELECT model FROM clips WHERE deleted_at IS NULL GROUP BY model ORDER BY count(*) DESC, model')
      .all() as { model: string }[];
    return rows.map(({ model }) => model);
  }

  /** Where the clip lies now: at its place, or in the trash. */
  fileOf(id: string): string {
    return located(this.#find(id));
  }

  posterOf(id: string): string {
    return join(this.#posters, `${id}.webp`);
  }

  rate(ids: readonly string[], rating: number): void {
    const known: unknown = this.#store
      .prepare('SELECT count(*) AS count FROM clips WHERE id IN (SELECT value FROM json_each(?))')
      .get(JSON.stringify(ids));
    if ((known as { count: number }).count < new Set(ids).size) throw new Refused({ reason: 'clip', problem: 'gone' });
    const put = this.#store.prepare('UPDATE clips SET rating = ? WHERE id = ?');
    const rateAll = this.#store.transaction(() => {
      for (const id of ids) put.run(rating, id);
    });
    rateAll.immediate();
    this.#changed({ added: [], removed: [] });
  }

  note(id: string, notes: string): void {
    const words = indexedWords(this.#find(id), notes);
    this.#store.prepare('UPDATE clips SET notes = ?, words = ? WHERE id = ?').run(notes, words, id);
    this.#changed({ added: [], removed: [] });
  }

  async delete(ids: readonly string[]): Promise<void> {
    const clips = ids.map((id) => this.#find(id)).filter((clip) => clip.deletedAt === null);
    const removed: string[] = [];
    try {
      for (const clip of clips) {
        await this.#putIntoTrash(clip, this.#now());
        removed.push(clip.id);
      }
    } finally {
      this.#changed({ added: [], removed });
    }
  }

  /** Every clip whose file is there comes back. @throws {Refused} when one is not. */
  async restore(ids: readonly string[]): Promise<void> {
    const clips = ids.map((id) => this.#find(id)).filter((clip) => clip.deletedAt !== null);
    const added: string[] = [];
    let problem: 'file-gone' | 'in-use' = 'file-gone';
    for (const clip of clips) {
      const back = await takeBack(clip, this.#isPromised);
      if (back.kind !== 'back') {
        if (back.kind === 'in-use') problem = back.kind;
        continue;
      }
      this.#store
        .prepare('UPDATE clips SET deleted_at = NULL, trash_file = NULL, file = ? WHERE id = ?')
        .run(back.file, clip.id);
      added.push(clip.id);
    }
    this.#changed({ added, removed: [] });
    if (added.length < clips.length) throw new Refused({ reason: 'clip', problem });
  }

  /**
   * Deletes what is in the trash for good: these, or everything when `ids` is null.
   * @throws {Refused} when a file is in use; the others have gone by then.
   */
  async purge(ids: readonly string[] | null): Promise<void> {
    const clips =
      ids === null ? readRows(this.#store, 'WHERE deleted_at IS NOT NULL', []) : ids.map((id) => this.#find(id));
    if (clips.some((clip) => clip.deletedAt === null)) throw new Refused({ reason: 'clip', problem: 'not-in-trash' });
    const removed: string[] = [];
    for (const clip of clips) {
      // A file that was not there when it was deleted was never the trash's to delete.
      if (clip.trashFile !== null && !(await gone(clip.trashFile))) continue;
      await gone(this.posterOf(clip.id));
      this.#store.prepare('DELETE FROM clips WHERE id = ?').run(clip.id);
      this.#store.prepare("DELETE FROM jobs WHERE id = ? AND state_kind = 'done'").run(clip.id);
      removed.push(clip.id);
    }
    this.#changed({ added: [], removed });
    if (removed.length < clips.length) throw new Refused({ reason: 'clip', problem: 'in-use' });
  }

  /** What has been in the trash for long enough goes. */
  async tidy(): Promise<void> {
    this.collections.tidy();
    const inPlace = readRows(this.#store, 'WHERE deleted_at IS NOT NULL AND trash_file = file', []);
    for (const clip of inPlace) {
      if (await exists(clip.file)) await this.#putIntoTrash(clip, clip.deletedAt ?? this.#now());
    }
    const old = readRows(this.#store, 'WHERE deleted_at < ?', [this.#now() - trashMs]).map(({ id }) => id);
    // What is in use is tried again at the next start.
    await this.purge(old).catch((error: unknown) => {
      if (!(error instanceof Refused)) throw error;
    });
  }

  async #putIntoTrash(clip: Row, at: number): Promise<void> {
    const place = await trashPlace(clip);
    // Written first: a file that has moved without a word could not be found again.
    this.#setTrash(clip.id, at, place);
    // It is in use: it stays there until the next start.
    if (place !== null && !(await moved(clip.file, place))) this.#setTrash(clip.id, at, clip.file);
  }

  #setTrash(id: string, deletedAt: number, trashFile: string | null): void {
    this.#store.prepare('UPDATE clips SET deleted_at = ?, trash_file = ? WHERE id = ?').run(deletedAt, trashFile, id);
  }

  #find(id: string): Row {
    const found = readRows(this.#store, 'WHERE id = ?', [id])[0];
    if (found === undefined) throw new Refused({ reason: 'clip', problem: 'gone' });
    return found;
  }
}

const exists = async (file: string): Promise<boolean> => (await stat(file).catch(() => null)) !== null;

async function withPresence(row: Row): Promise<Clip> {
  const { trashFile: _, ...clip } = row;
  const found = await stat(located(row)).catch(() => null);
  return { ...clip, missing: !found?.isFile() };
}

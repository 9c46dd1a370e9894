import { stat } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import type { Clip, ClipPage, ClipQuery } from '../../../contract/clip.ts';
import { safeFileName } from '../../../contract/clipName.ts';
import type { Job } from '../../../contract/job.ts';
import type { RecoveryNote } from '../../../contract/recovery.ts';
import type { PhaseSeconds } from '../../../contract/render.ts';
import type { Shortcut } from '../../../contract/shortcut.ts';
import { Refused } from '../refused.ts';
import { type Store, transact } from '../storage/database.ts';
import { Bin } from './bin.ts';
import { Collections } from './collections.ts';
import { Mover } from './moving.ts';
import { type Entry, indexedWords, type Row, readRows, writeEntry } from './rows.ts';
import { conditionsOf, type NamedModel } from './search.ts';
import { located, moved } from './trash.ts';
import { renewWords } from './words.ts';

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
  shortcut?: Shortcut | undefined;
}

/** The finished clips. The files are the user's: what is deleted first goes to a trash beside them. */
export class Library {
  readonly collections: Collections;
  readonly mover: Mover;
  readonly #bin: Bin;
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
    this.#bin = new Bin({ store, now, changed, isPromised, posterOf: (id) => this.posterOf(id) });
  }

  add(job: Job, made: Made): void {
    const { id, out, model, settings } = job;
    const entry = { id, createdAt: this.#now(), file: out, model, settings, unknown: [], maker: null, ...made };
    this.enter([{ ...entry, recoveries: made.recoveries ?? [], shortcut: made.shortcut ?? null }]);
  }

  /** Adds clips, or reads anew what their files say. What else had such a file's name is forgotten. */
  enter(entries: readonly Entry[], tell = this.#changed): void {
    const removed: string[] = [];
    transact(this.#store, () => {
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
    tell({ added: entries.map(({ id }) => id), removed });
  }

  /** Adds a clip that lies in the trash, from where it can be put back to `place`. */
  enterTrashed(entry: Entry, place: string, tell = this.#changed): void {
    transact(this.#store, () => {
      writeEntry(this.#store, { ...entry, file: place });
      this.#bin.set(entry.id, this.#now(), entry.file);
    });
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

  /** A clip lies there, at its place or, under its id, in the trash. Asked of every file of a folder: by indexes alone. */
  hasFile(file: string): boolean {
    const found = this.#store.prepare(
      `SELECT 1 FROM clips WHERE (file = ? AND (trash_file IS NULL OR trash_file = file))
         OR (id = ? AND trash_file = ?)`,
    );
    return found.get(file, basename(file, extname(file)), file) !== undefined;
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
    transact(this.#store, () => {
      for (const id of ids) put.run(rating, id);
    });
    this.#changed({ added: [], removed: [] });
  }

  note(id: string, notes: string): void {
    const words = indexedWords(this.#find(id), notes);
    this.#store.prepare('UPDATE clips SET notes = ?, words = ? WHERE id = ?').run(notes, words, id);
    this.#changed({ added: [], removed: [] });
  }

  /** Into the trash beside them. @throws {Refused} */
  delete(ids: readonly string[]): Promise<void> {
    return this.#bin.put(ids);
  }

  /** @throws {Refused} when not all of them can come back. */
  restore(ids: readonly string[]): Promise<void> {
    return this.#bin.takeBack(ids);
  }

  /** For good: these of the trash, or everything in it when `ids` is null. @throws {Refused} */
  purge(ids: readonly string[] | null): Promise<void> {
    return this.#bin.empty(ids);
  }

  /** What a start finds to be done. */
  async tidy(): Promise<void> {
    this.collections.tidy();
    await renewWords(this.#store);
    await this.#bin.tidy();
  }

  #find(id: string): Row {
    const found = readRows(this.#store, 'WHERE id = ?', [id])[0];
    if (found === undefined) throw new Refused({ reason: 'clip', problem: 'gone' });
    return found;
  }
}

async function withPresence(row: Row): Promise<Clip> {
  const { trashFile: _, ...clip } = row;
  const found = await stat(located(row)).catch(() => null);
  return { ...clip, missing: !found?.isFile() };
}

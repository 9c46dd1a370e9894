import { existsSync } from 'node:fs';
import { mkdir, rm, rmdir, stat } from 'node:fs/promises';
import system, { dirname, extname, join, type posix, relative, resolve } from 'node:path';
import { z } from 'zod';
import type { TaskResult } from '../../../contract/libraryTask.ts';
import { type Store, transact } from '../storage/database.ts';
import { type Copy, checkRoom, copyVerified } from './copying.ts';
import { hashOf } from './reading.ts';
import { type Progress, problemOf, stopping, TaskFailed } from './tasks.ts';
import { located, trashFolder } from './trash.ts';

/**
 * What a move has come to, written before the next thing is done. `copying`: the library is where it was. `clearing`:
 * it is in its new place, and the old files go.
 */
const Journal = z.object({
  stage: z.enum(['copying', 'clearing']),
  from: z.string(),
  to: z.string(),
});
type Journal = z.infer<typeof Journal>;

const journalName = 'library-move';

/** The moments at which a test may kill it. */
export type MoveStep = 'planned' | 'copied' | 'verified' | 'looked' | 'switched' | 'cleared';
type Told = (step: MoveStep) => void | Promise<void>;

type Moved = Extract<TaskResult, { kind: 'move' }>;

/**
 * Takes the clips of one folder to another, maybe on another disk: copies, reads the copies back, switches to them in
 * one transaction, and only then deletes. Whenever it is cut off, the library is whole in one of the two places and the
 * next start goes on.
 */
export class Mover {
  readonly #store: Store;
  readonly #changed: () => void;

  constructor(store: Store, changed: () => void) {
    this.#store = store;
    this.#changed = changed;
  }

  /** Where a move that was cut off was going to. */
  unfinished(): { from: string; to: string } | null {
    const journal = this.#read();
    return journal === null ? null : { from: journal.from, to: journal.to };
  }

  /**
   * With the clips goes the setting that says where new ones are put. Giving up before that takes the copies away
   * again; afterwards it only ends the tidying, which the next start takes up: the library has moved by then.
   */
  async move(
    folders: { from: string; to: string },
    progress: Progress,
    signal: AbortSignal,
    step: Told = () => {},
  ): Promise<Moved> {
    const from = resolve(folders.from);
    const to = resolve(folders.to);
    const left = this.#read();
    if (left !== null && left.to !== to) {
      // What was begun before this wish: it is tidied up, or taken back when it had not come to the switch.
      if (left.stage === 'clearing') await this.#clear(left, signal, step);
      else await this.#takeBack();
      signal.throwIfAborted();
    }
    const journal = left?.to === to ? left : await this.#begin({ from, to }, step);
    const switched = journal.stage === 'clearing' ? journal : await this.#carry(journal, progress, signal, step);
    return this.#clear(switched, signal, step);
  }

  async #begin({ from, to }: { from: string; to: string }, step: Told): Promise<Journal> {
    if (isInside(to, from) || isInside(from, to)) throw new TaskFailed('inside-itself', to);
    await mkdir(to, { recursive: true });
    const journal: Journal = { stage: 'copying', from, to };
    this.#write(journal);
    await step('planned');
    return journal;
  }

  async #carry(journal: Journal, progress: Progress, signal: AbortSignal, step: Told): Promise<Journal> {
    // Its disk is not there just now: what was copied to it waits.
    if (!(await isFolder(journal.to))) throw new TaskFailed('folder-missing', journal.to);
    try {
      return await this.#copyAll(journal, progress, signal, step);
    } catch (error) {
      // A studio that ends goes on at its next start.
      if (signal.reason === stopping) throw error;
      // Hours of copies are not thrown away for one file that could not be read just now.
      if (!signal.aborted && isPassing(error)) throw new TaskFailed('interrupted', String(error));
      // Given up, or impossible: as if it had never begun.
      await this.#takeBack();
      throw error;
    }
  }

  async #copyAll(journal: Journal, progress: Progress, signal: AbortSignal, step: Told): Promise<Journal> {
    const keep = this.#store.prepare('INSERT INTO moving (source, target, sha256, bytes, ours) VALUES (?, ?, ?, ?, ?)');
    const sum = (files: readonly { bytes: number }[]) => files.reduce((total, { bytes }) => total + bytes, 0);
    for (;;) {
      // Clips that are finished meanwhile come along.
      const { files, looked } = await this.#look(journal.from);
      const done = new Map(this.#copies().map((copy) => [copy.source, copy]));
      const missing = files.filter(({ source }) => !done.has(source));
      await checkRoom(journal.to, sum(missing));
      for (const { source } of missing) {
        signal.throwIfAborted();
        const before = sum([...done.values()]);
        const wanted = join(journal.to, relative(journal.from, source));
        const told = (bytes: number) => progress(before + bytes, sum(files));
        const copy = await copyVerified(source, wanted, told, signal, () => step('copied'));
        // It was deleted while it was copied.
        if (copy === null) continue;
        done.set(source, copy);
        keep.run(copy.source, copy.target, copy.sha256, copy.bytes, copy.ours);
        await step('verified');
      }
      if (missing.length > 0) continue;
      await this.#dropStale();
      await step('looked');
      signal.throwIfAborted();
      const next = this.#switch(journal, looked);
      if (next === null) continue;
      this.#changed();
      await step('switched');
      return next;
    }
  }

  /** Null, and nothing is changed, when the clips are not those that were looked at any more. */
  #switch(journal: Journal, looked: ReadonlySet<string>): Journal | null {
    const next: Journal = { ...journal, stage: 'clearing' };
    const place = this.#store.prepare('UPDATE clips SET file = ?, trash_file = ? WHERE id = ?');
    const pointAll = (): Journal | null => {
      const rows = this.#places(journal.from);
      const copies = new Map(this.#copies().map((copy) => [copy.source, copy.target]));
      const places = new Set(rows.map(located));
      if ([...places].some((each) => !looked.has(each)) || [...copies.keys()].some((each) => !places.has(each)))
        return null;
      for (const row of rows) {
        const target = copies.get(located(row));
        // It was not there to be copied: should it come back, then where it was.
        if (target === undefined) continue;
        if (row.trashFile === null) place.run(target, null, row.id);
        else if (row.trashFile === row.file) place.run(target, target, row.id);
        else if (isInside(row.file, next.from)) place.run(join(next.to, relative(next.from, row.file)), target, row.id);
        else place.run(row.file, target, row.id);
      }
      this.#sendWaitingJobs(next);
      this.#putNewClipsInto(next.to);
      this.#write(next);
      return next;
    };
    // The old files are deleted next, maybe on another disk: this must be on its own disk by then.
    this.#store.pragma('synchronous = FULL');
    try {
      return transact(this.#store, pointAll);
    } finally {
      this.#store.pragma('synchronous = NORMAL');
    }
  }

  /** Takes away copies of what was renamed or deleted meanwhile. */
  async #dropStale(): Promise<void> {
    const journal = this.#read();
    if (journal === null) return;
    const places = new Set(this.#places(journal.from).map(located));
    const copies = this.#copies();
    const used = new Set(copies.filter(({ source }) => places.has(source)).map(({ target }) => target));
    for (const { source, target, ours } of copies) {
      if (places.has(source)) continue;
      if (ours === 1 && !used.has(target)) await rm(target, { force: true });
      this.#store.prepare('DELETE FROM moving WHERE source = ?').run(source);
    }
  }

  /** Deletes what was copied, where it is still what was copied. Given up, it says how much is still to be deleted. */
  async #clear(journal: Journal, signal: AbortSignal, step: Told): Promise<Moved> {
    let left = 0;
    const folders = new Set([journal.from]);
    const copies = this.#copies();
    const bytes = copies.reduce((total, copy) => total + copy.bytes, 0);
    for (const [at, { source, target, sha256 }] of copies.entries()) {
      folders.add(dirname(source));
      const same = await hashOf(source, signal).catch(() => null);
      if (signal.reason === stopping) throw stopping;
      if (signal.aborted) return { kind: 'move', files: copies.length, bytes, left: left + copies.length - at };
      if (same === null) continue;
      const there = (await stat(target).catch(() => null))?.isFile() ?? false;
      const gone =
        same === sha256 &&
        there &&
        (await rm(source).then(
          () => true,
          () => false,
        ));
      if (!gone) left += 1;
      await step('cleared');
    }
    // Only what is empty goes; the folder of the clips itself stays.
    const emptied = [...folders].flatMap((folder) => [folder, join(folder, trashFolder)]);
    for (const folder of emptied.sort((one, other) => other.length - one.length)) {
      if (folder !== journal.from) await rmdir(folder).catch(() => {});
    }
    this.#forget();
    return { kind: 'move', files: copies.length, bytes, left };
  }

  async #takeBack(): Promise<void> {
    for (const { target, ours } of this.#copies()) if (ours === 1) await rm(target, { force: true }).catch(() => {});
    this.#forget();
  }

  /** Copies that are whole and were read back. */
  #copies(): Copy[] {
    return this.#store
      .prepare('SELECT source, target, sha256, bytes, ours FROM moving ORDER BY source')
      .all() as Copy[];
  }

  /** What is not being made yet goes to the new place, under a name that is free there. */
  #sendWaitingJobs({ from, to }: Journal): void {
    const waiting = this.#store
      .prepare("SELECT id, out FROM jobs WHERE state_kind IN ('queued', 'paused', 'cancelled', 'failed')")
      .all() as { id: string; out: string }[];
    const send = this.#store.prepare('UPDATE jobs SET out = ? WHERE id = ?');
    for (const { id, out } of waiting) {
      if (!isInside(out, from)) continue;
      const wanted = join(to, relative(from, out));
      const ending = extname(wanted);
      const place = existsSync(wanted) ? `${wanted.slice(0, wanted.length - ending.length)}-${id}${ending}` : wanted;
      send.run(place, id);
    }
  }

  #putNewClipsInto(clipsFolder: string): void {
    const row: unknown = this.#store.prepare("SELECT value FROM remembered WHERE name = 'settings'").get();
    const settings: unknown = row === undefined ? {} : JSON.parse((row as { value: string }).value);
    this.#put('settings', { ...(settings as object), clipsFolder });
  }

  /** The clips that lie in a folder, in the trash or not. */
  #places(folder: string): { id: string; file: string; trashFile: string | null }[] {
    const rows = this.#store.prepare('SELECT id, file, trash_file AS trashFile FROM clips').all() as {
      id: string;
      file: string;
      trashFile: string | null;
    }[];
    return rows.filter((row) => isInside(located(row), folder));
  }

  /** Where clips ought to lie in a folder, and the files of those that do. @throws {TaskFailed} */
  async #look(folder: string): Promise<{ files: { source: string; bytes: number }[]; looked: Set<string> }> {
    const looked = new Set(this.#places(folder).map(located));
    const files: { source: string; bytes: number }[] = [];
    for (const source of looked) {
      const info = await stat(source).catch((error: unknown) => {
        if (isGone(error)) return null;
        throw error;
      });
      if (info?.isFile()) files.push({ source, bytes: info.size });
    }
    // Nothing is known of clips whose disk is not there.
    if (files.length < looked.size && !(await isFolder(folder))) throw new TaskFailed('folder-missing', folder);
    return { files, looked };
  }

  #read(): Journal | null {
    const row: unknown = this.#store.prepare('SELECT value FROM remembered WHERE name = ?').get(journalName);
    const parsed = Journal.safeParse(row === undefined ? null : JSON.parse((row as { value: string }).value));
    return parsed.success ? parsed.data : null;
  }

  #write(journal: Journal): void {
    this.#put(journalName, journal);
  }

  #put(name: string, value: unknown): void {
    this.#store
      .prepare(
        'INSERT INTO remembered (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value',
      )
      .run(name, JSON.stringify(value));
  }

  #forget(): void {
    transact(this.#store, () => {
      this.#store.prepare('DELETE FROM moving').run();
      this.#store.prepare('DELETE FROM remembered WHERE name = ?').run(journalName);
    });
  }
}

/** `path` is that of the system whose names these are. */
export function isInside(
  file: string,
  folder: string,
  path: Pick<typeof posix, 'isAbsolute' | 'relative' | 'resolve' | 'sep'> = system,
): boolean {
  const way = path.relative(path.resolve(folder), path.resolve(file));
  // To another drive there is no way but the whole one.
  return way !== '..' && !way.startsWith(`..${path.sep}`) && !path.isAbsolute(way);
}

const isGone = (error: unknown): boolean => ['ENOENT', 'ENOTDIR'].includes(String((error as { code?: unknown }).code));

/** The system's word, and none that says what to do about it: it may be another tomorrow. */
const isPassing = (error: unknown): boolean =>
  typeof (error as { code?: unknown }).code === 'string' && problemOf(error) === 'internal';

const isFolder = async (folder: string): Promise<boolean> =>
  (await stat(folder).catch(() => null))?.isDirectory() ?? false;

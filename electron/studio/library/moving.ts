import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, existsSync } from 'node:fs';
import { mkdir, rename, rm, rmdir, stat, statfs } from 'node:fs/promises';
import { dirname, extname, join, relative, resolve, sep } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import type { TaskResult } from '../../../contract/libraryTask.ts';
import type { Store } from '../storage/database.ts';
import { hashOf, syncFile } from './reading.ts';
import { type Progress, stopping, TaskFailed } from './tasks.ts';

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
export type MoveStep = 'planned' | 'copied' | 'verified' | 'switched' | 'cleared';

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
   * again; afterwards it only ends the tidying, which the next start takes up.
   */
  async move(
    folders: { from: string; to: string },
    progress: Progress,
    signal: AbortSignal,
    step: (step: MoveStep) => void | Promise<void> = () => {},
  ): Promise<Moved> {
    const from = resolve(folders.from);
    const to = resolve(folders.to);
    let journal = this.#read();
    if (journal === null) {
      if (isInside(to, from) || isInside(from, to)) throw new TaskFailed('inside-itself', to);
      journal = { stage: 'copying', from, to };
      this.#write(journal);
      await step('planned');
    }
    if (journal.stage === 'copying') {
      try {
        journal = await this.#copyAll(journal, progress, signal, step);
      } catch (error) {
        // Given up, or impossible: as if it had never begun. A studio that ends goes on at its next start.
        if (signal.reason !== stopping) await this.#takeBack();
        throw error;
      }
    }
    return this.#clear(journal, signal, step);
  }

  async #copyAll(
    journal: Journal,
    progress: Progress,
    signal: AbortSignal,
    step: (step: MoveStep) => void | Promise<void>,
  ): Promise<Journal> {
    const keep = this.#store.prepare('INSERT INTO moving (source, target, sha256, bytes, ours) VALUES (?, ?, ?, ?, ?)');
    const done = new Map(this.#copies().map((copy) => [copy.source, copy]));
    const sum = (files: readonly { bytes: number }[]) => files.reduce((total, { bytes }) => total + bytes, 0);
    for (;;) {
      // Clips that are finished meanwhile come along.
      const files = await this.#filesIn(journal.from);
      const missing = files.filter(({ source }) => !done.has(source));
      if (missing.length === 0) break;
      const all = sum(files);
      await checkRoom(journal.to, sum(missing));
      for (const { source } of missing) {
        signal.throwIfAborted();
        const before = sum([...done.values()]);
        const wanted = join(journal.to, relative(journal.from, source));
        const copy = await copyVerified(source, wanted, (bytes) => progress(before + bytes, all), signal, step);
        if (copy === null) {
          // It was deleted while it was copied.
          done.set(source, { source, target: '', sha256: '', bytes: 0, ours: 0 });
          continue;
        }
        done.set(source, copy);
        keep.run(copy.source, copy.target, copy.sha256, copy.bytes, copy.ours);
        await step('verified');
      }
    }
    signal.throwIfAborted();
    const next: Journal = { ...journal, stage: 'clearing' };
    const point = this.#store.prepare('UPDATE clips SET file = ? WHERE file = ?');
    const pointTrash = this.#store.prepare('UPDATE clips SET trash_file = ? WHERE trash_file = ?');
    const pointAll = this.#store.transaction(() => {
      for (const { source, target } of this.#copies()) {
        pointTrash.run(target, source);
        point.run(target, source);
      }
      // Where a clip in the trash goes back to, and what is missing here and may be there.
      const rest = this.#store.prepare('SELECT id, file FROM clips').all() as { id: string; file: string }[];
      const place = this.#store.prepare('UPDATE clips SET file = ? WHERE id = ?');
      for (const { id, file } of rest) {
        if (isInside(file, next.from)) place.run(join(next.to, relative(next.from, file)), id);
      }
      this.#sendWaitingJobs(next);
      this.#putNewClipsInto(next.to);
      this.#write(next);
    });
    pointAll.immediate();
    this.#changed();
    await step('switched');
    return next;
  }

  /** Deletes what was copied, where it is still what was copied. */
  async #clear(journal: Journal, signal: AbortSignal, step: (step: MoveStep) => void | Promise<void>): Promise<Moved> {
    let left = 0;
    const folders = new Set<string>();
    const copies = this.#copies();
    for (const { source, target, sha256 } of copies) {
      signal.throwIfAborted();
      folders.add(dirname(source));
      const same = await hashOf(source, signal).catch(() => null);
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
    for (const folder of [...folders].sort((one, other) => other.length - one.length)) {
      if (folder !== journal.from) await rmdir(folder).catch(() => {});
    }
    this.#forget();
    const bytes = copies.reduce((total, copy) => total + copy.bytes, 0);
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

  /** The clips' files in a folder that are there, in the trash or not. */
  async #filesIn(folder: string): Promise<{ source: string; bytes: number }[]> {
    const rows = this.#store.prepare('SELECT coalesce(trash_file, file) AS file FROM clips').all() as {
      file: string;
    }[];
    const files: { source: string; bytes: number }[] = [];
    for (const { file } of rows) {
      if (!isInside(file, folder)) continue;
      const info = await stat(file).catch(() => null);
      if (info?.isFile()) files.push({ source: file, bytes: info.size });
    }
    return files;
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
    const forget = this.#store.transaction(() => {
      this.#store.prepare('DELETE FROM moving').run();
      this.#store.prepare('DELETE FROM remembered WHERE name = ?').run(journalName);
    });
    forget.immediate();
  }
}

export function isInside(file: string, folder: string): boolean {
  const way = relative(resolve(folder), resolve(file));
  return way === '' || (!way.startsWith(`..${sep}`) && way !== '..' && resolve(folder, way) === resolve(file));
}

/** @throws {TaskFailed} */
async function checkRoom(folder: string, bytes: number): Promise<void> {
  await mkdir(folder, { recursive: true });
  const { bavail, bsize } = await statfs(folder);
  if (bavail * bsize < bytes) throw new TaskFailed('full', folder);
}

interface Copy {
  source: string;
  target: string;
  sha256: string;
  bytes: number;
  /** 1 when it was made by the move; 0 when the same bytes had the name already. */
  ours: number;
}

/**
 * A copy that was written to the disk and read back. Where the name is taken by the same bytes, that is the copy: an
 * earlier try left it. Null when the source is gone.
 */
async function copyVerified(
  source: string,
  wanted: string,
  told: (bytes: number) => void,
  signal: AbortSignal,
  step: (step: MoveStep) => void | Promise<void>,
): Promise<Copy | null> {
  await mkdir(dirname(wanted), { recursive: true });
  const part = `${wanted}.reelwright-part`;
  const hash = createHash('sha256');
  let bytes = 0;
  const counted = new Transform({
    transform(chunk: Buffer, _, done) {
      hash.update(chunk);
      bytes += chunk.length;
      told(bytes);
      done(null, chunk);
    },
  });
  try {
    await pipeline(createReadStream(source), counted, createWriteStream(part), { signal });
    await syncFile(part);
    await step('copied');
    const sha256 = hash.digest('hex');
    if ((await hashOf(part, signal)) !== sha256) throw new TaskFailed('not-the-same', wanted);
    const target = await freePlace(wanted, sha256, signal);
    if (target.taken) await rm(part);
    else await rename(part, target.file);
    return { source, target: target.file, sha256, bytes, ours: target.taken ? 0 : 1 };
  } catch (error) {
    await rm(part, { force: true }).catch(() => {});
    const gone = (error as { code?: unknown }).code === 'ENOENT' && (await stat(source).catch(() => null)) === null;
    if (gone) return null;
    throw error;
  }
}

async function freePlace(
  wanted: string,
  sha256: string,
  signal: AbortSignal,
): Promise<{ file: string; taken: boolean }> {
  const ending = extname(wanted);
  for (let n = 1; ; n += 1) {
    const file = n === 1 ? wanted : `${wanted.slice(0, wanted.length - ending.length)}-${n}${ending}`;
    if ((await stat(file).catch(() => null)) === null) return { file, taken: false };
    if ((await hashOf(file, signal).catch(() => null)) === sha256) return { file, taken: true };
  }
}

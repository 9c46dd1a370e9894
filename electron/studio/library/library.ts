import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Clip, type ClipPage, type ClipQuery } from '../../../contract/clip.ts';
import type { Job } from '../../../contract/job.ts';
import type { PhaseSeconds } from '../../../contract/render.ts';
import { Refused } from '../refused.ts';
import type { Store } from '../storage/database.ts';

/** How long what was deleted can be restored. */
const trashMs = 30 * 24 * 3600 * 1000;
const trashFolder = '.reelwright-trash';

export interface LibraryChange {
  added: string[];
  removed: string[];
}

interface Made {
  bytes: number;
  seconds: number;
  phaseSeconds: PhaseSeconds;
}

/** The finished clips. The files are the user's: what is deleted first goes to a trash beside them. */
export class Library {
  readonly #store: Store;
  readonly #posters: string;
  readonly #now: () => number;
  readonly #changed: (change: LibraryChange) => void;

  constructor(store: Store, posters: string, now: () => number, changed: (change: LibraryChange) => void = () => {}) {
    this.#store = store;
    this.#posters = posters;
    this.#now = now;
    this.#changed = changed;
  }

  add(job: Job, made: Made): void {
    const { id, out, model, settings } = job;
    // What lies in the trash had this name before.
    const same = 'file = ? AND id <> ? AND trash_file IS NULL';
    const replaced = this.#rows(`WHERE ${same}`, [out, id]).map((row) => row.id);
    const write = this.#store.transaction(() => {
      // The file was replaced by this clip: what it showed before is gone.
      this.#store.prepare(`DELETE FROM clips WHERE ${same}`).run(out, id);
      this.#store
        .prepare(
          `INSERT OR REPLACE INTO clips (id, created_at, file, bytes, model, settings, seconds, phase_seconds, words)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
        )
        .run(
          ...[id, this.#now(), out, made.bytes, model, JSON.stringify(settings)],
          ...[made.seconds, JSON.stringify(made.phaseSeconds)],
          searchable(`${model} ${settings.prompt} ${settings.negativePrompt}`),
        );
    });
    write.immediate();
    this.#changed({ added: [id], removed: replaced });
  }

  async page(query: ClipQuery, offset: number, limit: number): Promise<ClipPage> {
    const { where, values } = conditionsOf(query);
    const order = query.order === 'newest' ? 'DESC' : 'ASC';
    const counted: unknown = this.#store.prepare(`SELECT count(*) AS total FROM clips ${where}`).get(...values);
    const rows = this.#rows(`${where} ORDER BY created_at ${order}, id ${order} LIMIT ? OFFSET ?`, [
      ...values,
      ...[limit, offset],
    ]);
    return { total: (counted as { total: number }).total, offset, clips: await Promise.all(rows.map(withPresence)) };
  }

  async get(id: string): Promise<Clip> {
    return withPresence(this.#find(id));
  }

  /** Where the clip lies now: at its place, or in the trash. */
  fileOf(id: string): string {
    return located(this.#find(id));
  }

  posterOf(id: string): string {
    return join(this.#posters, `${id}.webp`);
  }

  star(ids: readonly string[], starred: boolean): void {
    for (const id of ids) this.#find(id);
    const put = this.#store.prepare('UPDATE clips SET starred = ? WHERE id = ?');
    const mark = this.#store.transaction(() => {
      for (const id of ids) put.run(starred ? 1 : 0, id);
    });
    mark.immediate();
    this.#changed({ added: [], removed: [] });
  }

  async delete(ids: readonly string[]): Promise<void> {
    const clips = ids.map((id) => this.#find(id)).filter((clip) => clip.deletedAt === null);
    const removed: string[] = [];
    try {
      for (const clip of clips) {
        const place = await trashPlace(clip);
        // Written first: a file that has moved without a word could not be found again.
        this.#setTrash(clip.id, this.#now(), place);
        if (place !== null && !(await moved(clip.file, place))) this.#setTrash(clip.id, this.#now(), clip.file);
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
    for (const clip of clips) {
      const file = await takeBack(clip);
      if (file === null) continue;
      this.#store
        .prepare('UPDATE clips SET deleted_at = NULL, trash_file = NULL, file = ? WHERE id = ?')
        .run(file, clip.id);
      added.push(clip.id);
    }
    this.#changed({ added, removed: [] });
    if (added.length < clips.length) throw new Refused({ reason: 'clip', problem: 'file-gone' });
  }

  /**
   * Deletes what is in the trash for good: these, or everything when `ids` is null.
   * @throws {Refused} when a file is in use; the others have gone by then.
   */
  async purge(ids: readonly string[] | null): Promise<void> {
    const clips = ids === null ? this.#rows('WHERE deleted_at IS NOT NULL', []) : ids.map((id) => this.#find(id));
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
    const old = this.#rows('WHERE deleted_at < ?', [this.#now() - trashMs]).map(({ id }) => id);
    // What is in use is tried again at the next start.
    await this.purge(old).catch((error: unknown) => {
      if (!(error instanceof Refused)) throw error;
    });
  }

  #setTrash(id: string, deletedAt: number, trashFile: string | null): void {
    this.#store.prepare('UPDATE clips SET deleted_at = ?, trash_file = ? WHERE id = ?').run(deletedAt, trashFile, id);
  }

  #find(id: string): Row {
    const found = this.#rows('WHERE id = ?', [id])[0];
    if (found === undefined) throw new Refused({ reason: 'clip', problem: 'gone' });
    return found;
  }

  #rows(clause: string, values: (string | number)[]): Row[] {
    return this.#store
      .prepare(`SELECT * FROM clips ${clause}`)
      .all(...values)
      .flatMap((row) => parseRow(row as Record<string, unknown>));
  }
}

type Row = Omit<Clip, 'missing'> & { trashFile: string | null };

const RowClip = Clip.omit({ missing: true });

function parseRow(row: Record<string, unknown>): Row[] {
  const parsed = RowClip.safeParse({
    id: row['id'],
    createdAt: row['created_at'],
    file: row['file'],
    bytes: row['bytes'],
    model: row['model'],
    settings: JSON.parse(String(row['settings'])),
    seconds: row['seconds'],
    phaseSeconds: JSON.parse(String(row['phase_seconds'])),
    starred: row['starred'] === 1,
    deletedAt: row['deleted_at'],
  });
  const trashFile = row['trash_file'];
  return parsed.success ? [{ ...parsed.data, trashFile: typeof trashFile === 'string' ? trashFile : null }] : [];
}

const located = ({ trashFile, file }: Row): string => trashFile ?? file;

async function withPresence(row: Row): Promise<Clip> {
  const { trashFile: _, ...clip } = row;
  const found = await stat(located(row)).catch(() => null);
  return { ...clip, missing: !found?.isFile() };
}

/**
 * Beside the clip, on the same disk, so that moving costs nothing. Null when there is no file to move: somebody else
 * took it, or its disk is not there.
 */
async function trashPlace({ id, file }: Row): Promise<string | null> {
  if ((await stat(file).catch(() => null)) === null) return null;
  const folder = join(dirname(file), trashFolder);
  await mkdir(folder, { recursive: true }).catch(() => {});
  return join(folder, `${id}.mp4`);
}

/** Where the clip lies when it is back: at its place, or beside what stands there by now. Null when its file is gone. */
async function takeBack({ file, trashFile }: Row): Promise<string | null> {
  const there = (await stat(file).catch(() => null)) !== null;
  // It never moved: it was gone by then, or in use.
  if (trashFile === null || trashFile === file) return file;
  if ((await stat(trashFile).catch(() => null)) === null) return there ? file : null;
  const target = there ? join(dirname(file), `${basename(file, '.mp4')}-${basename(trashFile)}`) : file;
  await mkdir(dirname(target), { recursive: true }).catch(() => {});
  return (await moved(trashFile, target)) ? target : null;
}

/** False when the system does not let it be moved: it is in use, as on Windows. */
const moved = (from: string, to: string): Promise<boolean> =>
  rename(from, to).then(
    () => true,
    () => false,
  );

const gone = (file: string): Promise<boolean> =>
  rm(file, { force: true, maxRetries: 3 }).then(
    () => true,
    () => false,
  );

/** Words are compared in any case and any way of writing the same characters. */
const searchable = (text: string): string => text.normalize('NFKC').toLowerCase();

function conditionsOf({ search, starred, deleted }: ClipQuery): { where: string; values: string[] } {
  const words = searchable(search).split(/\s+/).filter(Boolean);
  const conditions = [
    deleted ? 'deleted_at IS NOT NULL' : 'deleted_at IS NULL',
    ...(starred ? ['starred = 1'] : []),
    ...words.map(() => "words LIKE ? ESCAPE '\\'"),
  ];
  const values = words.map((word) => `%${word.replace(/[\\%_]/g, '\\$&')}%`);
  return { where: `WHERE ${conditions.join(' AND ')}`, values };
}

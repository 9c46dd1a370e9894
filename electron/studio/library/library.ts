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
    const replaced = this.#rows('WHERE file = ? AND id <> ?', [out, id]).map((row) => row.id);
    const write = this.#store.transaction(() => {
      // The file was replaced by this clip: what it showed before is gone.
      this.#store.prepare('DELETE FROM clips WHERE file = ? AND id <> ?').run(out, id);
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
    const trashed: { id: string; file: string | null }[] = [];
    for (const clip of clips) trashed.push({ id: clip.id, file: await intoTrash(clip) });
    const put = this.#store.prepare('UPDATE clips SET deleted_at = ?, trash_file = ? WHERE id = ?');
    const now = this.#now();
    const mark = this.#store.transaction(() => {
      for (const { id, file } of trashed) put.run(now, file, id);
    });
    mark.immediate();
    this.#changed({ added: [], removed: trashed.map(({ id }) => id) });
  }

  async restore(ids: readonly string[]): Promise<void> {
    const clips = ids.map((id) => this.#find(id)).filter((clip) => clip.deletedAt !== null);
    for (const clip of clips) {
      const file = clip.trashFile === null ? clip.file : await outOfTrash(clip.trashFile, clip.file);
      this.#store
        .prepare('UPDATE clips SET deleted_at = NULL, trash_file = NULL, file = ? WHERE id = ?')
        .run(file, clip.id);
    }
    this.#changed({ added: clips.map(({ id }) => id), removed: [] });
  }

  /** Deletes what is in the trash for good: these, or everything when `ids` is null. */
  async purge(ids: readonly string[] | null): Promise<void> {
    const clips = ids === null ? this.#rows('WHERE deleted_at IS NOT NULL', []) : ids.map((id) => this.#find(id));
    if (clips.some((clip) => clip.deletedAt === null)) throw new Refused({ reason: 'clip', problem: 'not-in-trash' });
    for (const clip of clips) {
      // A player on Windows may hold the file: then it is tried again at the next start.
      const gone = await rm(located(clip), { force: true, maxRetries: 3 }).then(
        () => true,
        () => false,
      );
      if (!gone) continue;
      await rm(this.posterOf(clip.id), { force: true }).catch(() => {});
      this.#store.prepare('DELETE FROM clips WHERE id = ?').run(clip.id);
      this.#store.prepare("DELETE FROM jobs WHERE id = ? AND state_kind = 'done'").run(clip.id);
    }
    this.#changed({ added: [], removed: clips.map(({ id }) => id) });
  }

  /** What has been in the trash for long enough goes. */
  async tidy(): Promise<void> {
    const old = this.#rows('WHERE deleted_at < ?', [this.#now() - trashMs]).map(({ id }) => id);
    if (old.length > 0) await this.purge(old);
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

/** On the same disk, so that it costs nothing. A file that is in use or gone stays where it is. */
async function intoTrash({ id, file }: Row): Promise<string | null> {
  const folder = join(dirname(file), trashFolder);
  const target = join(folder, `${id}.mp4`);
  try {
    await mkdir(folder, { recursive: true });
    await rename(file, target);
    return target;
  } catch {
    return null;
  }
}

/** Back to its place, or beside it when something else stands there by now. */
async function outOfTrash(trashFile: string, file: string): Promise<string> {
  const taken = (await stat(file).catch(() => null)) !== null;
  const target = taken ? join(dirname(file), `${basename(file, '.mp4')}-${basename(trashFile)}`) : file;
  try {
    await mkdir(dirname(target), { recursive: true });
    await rename(trashFile, target);
    return target;
  } catch {
    throw new Refused({ reason: 'clip', problem: 'file-gone' });
  }
}

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

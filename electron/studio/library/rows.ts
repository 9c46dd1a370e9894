import { Clip } from '../../../contract/clip.ts';
import { latestMoment } from '../../../contract/clipRecord.ts';
import type { Store } from '../storage/database.ts';
import { searchable, shapeOf } from './search.ts';

/** A clip as it is stored. Whether its file is there, the disk knows. */
export type Row = Omit<Clip, 'missing'> & { trashFile: string | null };

const RowClip = Clip.omit({ missing: true });

const columns = `*, (SELECT json_group_array(collection) FROM collected JOIN collections ON collections.id = collection
  WHERE clip = clips.id AND collections.deleted_at IS NULL) AS collected`;

export function readRows(store: Store, clause: string, values: (string | number)[]): Row[] {
  return store
    .prepare(`SELECT ${columns} FROM clips ${clause}`)
    .all(...values)
    .flatMap((row) => parseRow(row as Record<string, unknown>));
}

function parseRow(row: Record<string, unknown>): Row[] {
  const parsed = RowClip.safeParse({
    id: row['id'],
    createdAt: moment(row['created_at']),
    file: row['file'],
    bytes: row['bytes'],
    model: row['model'],
    settings: JSON.parse(String(row['settings'])),
    unknown: JSON.parse(String(row['unknown'])),
    maker: row['maker'],
    seconds: row['seconds'],
    phaseSeconds: JSON.parse(String(row['phase_seconds'])),
    recoveries: JSON.parse(String(row['recoveries'])),
    shortcut: row['shortcut'],
    rating: row['rating'],
    notes: row['notes'],
    collections: JSON.parse(String(row['collected'])),
    deletedAt: row['deleted_at'],
  });
  const trashFile = row['trash_file'];
  return parsed.success ? [{ ...parsed.data, trashFile: typeof trashFile === 'string' ? trashFile : null }] : [];
}

/** Files and records that lie about their age are as old, or as new, as can be shown. */
const moment = (ms: unknown): number => Math.min(Math.max(0, Number(ms)), latestMoment);

/** What is known of a clip's file. What people say of it (stars, notes, collections) is kept apart. */
export type Entry = Omit<Row, 'rating' | 'notes' | 'collections' | 'deletedAt' | 'trashFile'>;

/** Adds a clip, or takes in anew what its file says, out of the trash too: what people said of it stays. */
export function writeEntry(store: Store, entry: Entry): void {
  const { settings } = entry;
  store
    .prepare(
      `INSERT INTO clips (id, created_at, file, bytes, model, settings, unknown, maker, seconds, phase_seconds,
         recoveries, shortcut, shape, length, from_picture, words)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET created_at = excluded.created_at, file = excluded.file, bytes = excluded.bytes,
         model = excluded.model, settings = excluded.settings, unknown = excluded.unknown, maker = excluded.maker,
         seconds = excluded.seconds, phase_seconds = excluded.phase_seconds,
         recoveries = excluded.recoveries, shortcut = excluded.shortcut, shape = excluded.shape, length = excluded.length,
         from_picture = excluded.from_picture, words = excluded.words,
         deleted_at = NULL, trash_file = NULL`,
    )
    .run(
      ...[entry.id, entry.createdAt, entry.file, entry.bytes, entry.model, JSON.stringify(settings)],
      ...[JSON.stringify(entry.unknown), entry.maker, entry.seconds, JSON.stringify(entry.phaseSeconds)],
      ...[JSON.stringify(entry.recoveries), entry.shortcut],
      ...[shapeOf(settings.width, settings.height), settings.frames / settings.fps, settings.image === null ? 0 : 1],
      indexedWords(entry, notesOf(store, entry.id)),
    );
}

function notesOf(store: Store, id: string): string {
  const row: unknown = store.prepare('SELECT notes FROM clips WHERE id = ?').get(id);
  return (row as { notes: string } | undefined)?.notes ?? '';
}

/** What a search looks through. */
export const indexedWords = ({ model, settings }: Pick<Entry, 'model' | 'settings'>, notes: string): string =>
  searchable([model, settings.prompt, settings.negativePrompt, notes].join(' '));

import { randomBytes } from 'node:crypto';
import { PresetDocument } from '../../../contract/preset.ts';
import { Preset, type PresetChange, type PresetOrigin } from '../../../contract/storedPreset.ts';
import { Refused } from '../refused.ts';
import { type Store, transact } from '../storage/database.ts';
import { type Golden, readGolden } from './golden.ts';
import { thumbnailName, thumbnailOf } from './thumbnail.ts';

/** How long what was taken away can be restored. */
const trashMs = 30 * 24 * 3600 * 1000;

export interface ShelfOptions {
  store: Store;
  /** Where the golden presets lie. */
  goldenFolder: string;
  now: () => number;
  /** The still of a clip. */
  posterOf: (clip: string) => string;
  changed: () => void;
}

/** The presets that are kept here: the user's own, those received, and the golden ones that come along. */
export class Shelf {
  readonly #options: ShelfOptions;
  #golden: Promise<readonly Golden[]> | null = null;
  /** Of the thumbnails, which are read only when they are asked for. */
  readonly #names = new Map<string, string | null>();

  constructor(options: ShelfOptions) {
    this.#options = options;
  }

  async list(): Promise<Preset[]> {
    const own = this.#rows('WHERE deleted_at IS NULL ORDER BY created_at DESC, rowid DESC', []);
    return [...own, ...(await this.#allGolden()).map(({ preset }) => preset)];
  }

  /** @throws {Refused} when there is none, or it was taken away. */
  async get(id: string): Promise<Preset> {
    const golden = (await this.#allGolden()).find(({ preset }) => preset.id === id)?.preset;
    const found = golden ?? this.#rows('WHERE id = ? AND deleted_at IS NULL', [id])[0];
    if (found === undefined) throw gone();
    return found;
  }

  /** As a document to be shared, with its thumbnail. @throws {Refused} */
  async document(id: string): Promise<PresetDocument> {
    const { document } = await this.get(id);
    const bytes = await this.thumbnail(id);
    return { ...document, thumbnail: bytes === null ? null : Buffer.from(bytes).toString('base64') };
  }

  async thumbnail(id: string): Promise<Uint8Array | null> {
    const golden = (await this.#allGolden()).find(({ preset }) => preset.id === id);
    if (golden !== undefined) return golden.thumbnail;
    return this.#ownThumbnail(id);
  }

  /** Keeps one; the still of `clip` becomes its thumbnail. */
  async create(
    document: PresetDocument,
    clip: string | null,
    origin: Exclude<PresetOrigin, 'golden'>,
  ): Promise<Preset> {
    const still = clip === null ? null : await thumbnailOf(this.#options.posterOf(clip));
    const id = this.#insert(document, still ?? bytesOf(document), origin);
    this.#options.changed();
    return this.get(id);
  }

  /** Several at once, all or none. */
  async createAll(documents: readonly PresetDocument[], origin: Exclude<PresetOrigin, 'golden'>): Promise<Preset[]> {
    const ids: string[] = [];
    transact(this.#options.store, () => {
      // The first of them is to stand first, and the newest does.
      for (const document of [...documents].reverse()) ids.unshift(this.#insert(document, bytesOf(document), origin));
    });
    this.#options.changed();
    return Promise.all(ids.map((id) => this.get(id)));
  }

  /** @throws {Refused} when it is not there, or is a golden one. */
  async change(id: string, change: PresetChange, clip: string | null): Promise<Preset> {
    const preset = await this.get(id);
    if (preset.origin === 'golden') throw new Refused({ reason: 'preset', problem: 'golden' });
    const document = PresetDocument.parse({ ...preset.document, ...change });
    const still = clip === null ? null : await thumbnailOf(this.#options.posterOf(clip));
    const { store } = this.#options;
    transact(store, () => {
      store.prepare('UPDATE presets SET document = ? WHERE id = ?').run(JSON.stringify(document), id);
      if (still !== null) store.prepare('UPDATE presets SET thumbnail = ? WHERE id = ?').run(still, id);
    });
    this.#names.delete(id);
    this.#options.changed();
    return this.get(id);
  }

  async duplicate(id: string, name: string): Promise<Preset> {
    return this.create({ ...(await this.document(id)), name }, null, 'own');
  }

  async remove(ids: readonly string[]): Promise<void> {
    for (const id of ids) {
      if ((await this.get(id)).origin === 'golden') throw new Refused({ reason: 'preset', problem: 'golden' });
    }
    this.#setDeleted(ids, this.#options.now());
  }

  /** @throws {Refused} when one of them has gone for good. */
  restore(ids: readonly string[]): void {
    for (const id of ids) if (this.#rows('WHERE id = ?', [id]).length === 0) throw gone();
    this.#setDeleted(ids, null);
  }

  /** What was taken away long enough ago goes. */
  tidy(): void {
    this.#options.store.prepare('DELETE FROM presets WHERE deleted_at < ?').run(this.#options.now() - trashMs);
  }

  #setDeleted(ids: readonly string[], deletedAt: number | null): void {
    const { store } = this.#options;
    const put = store.prepare('UPDATE presets SET deleted_at = ? WHERE id = ?');
    transact(store, () => {
      for (const id of ids) put.run(deletedAt, id);
    });
    this.#options.changed();
  }

  #insert(document: PresetDocument, thumbnail: Uint8Array | null, origin: PresetOrigin): string {
    const id = randomBytes(8).toString('hex');
    this.#options.store
      .prepare('INSERT INTO presets (id, origin, created_at, document, thumbnail) VALUES (?, ?, ?, ?, ?)')
      .run(id, origin, this.#options.now(), JSON.stringify({ ...document, thumbnail: null }), thumbnail);
    return id;
  }

  #ownThumbnail(id: string): Buffer | null {
    const row: unknown = this.#options.store.prepare('SELECT thumbnail FROM presets WHERE id = ?').get(id);
    return blob((row as { thumbnail?: unknown } | undefined)?.thumbnail);
  }

  #nameOf(id: string): string | null {
    const known = this.#names.get(id);
    if (known !== undefined) return known;
    const thumbnail = this.#ownThumbnail(id);
    const name = thumbnail && thumbnailName(thumbnail);
    this.#names.set(id, name);
    return name;
  }

  /** The program's own files: read once. */
  #allGolden(): Promise<readonly Golden[]> {
    this.#golden ??= readGolden(this.#options.goldenFolder);
    return this.#golden;
  }

  #rows(clause: string, values: string[]): Preset[] {
    return this.#options.store
      .prepare(`SELECT id, origin, created_at, document FROM presets ${clause}`)
      .all(...values)
      .flatMap((row) => parseRow(row as Record<string, unknown>, (id) => this.#nameOf(id)));
  }
}

const gone = () => new Refused({ reason: 'preset', problem: 'gone' });

const bytesOf = ({ thumbnail }: PresetDocument): Uint8Array | null =>
  thumbnail === null ? null : Buffer.from(thumbnail, 'base64');

/** As the driver gives it. */
const blob = (value: unknown): Buffer | null =>
  value instanceof ArrayBuffer || value instanceof Uint8Array ? Buffer.from(value as ArrayBuffer) : null;

/** What another version wrote and this one cannot read is not shown, and stays where it is. */
function parseRow(row: Record<string, unknown>, nameOf: (id: string) => string | null): Preset[] {
  const parsed = Preset.safeParse({
    id: row['id'],
    origin: row['origin'],
    createdAt: row['created_at'],
    document: JSON.parse(String(row['document'])),
    thumbnail: nameOf(String(row['id'])),
  });
  return parsed.success ? [parsed.data] : [];
}

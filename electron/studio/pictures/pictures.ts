import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Metadata } from 'sharp';
import { type Picture, PictureId, pictureLimits } from '../../../contract/draft.ts';
import type { PictureProblem } from '../../../contract/refusal.ts';
import { Refused } from '../refused.ts';
import { writeWhole } from '../sharing/index.ts';

/** More than any model takes, so that nothing is lost that could be seen. */
const longestSide = 4096;
const formats: ReadonlySet<string> = new Set(['jpeg', 'png', 'webp', 'gif', 'tiff', 'heif']);

/** Pictures that clips start from: checked once on the way in, kept by the hash of what came. */
export class Pictures {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** @throws {Refused} naming what is wrong with it; nothing is kept then. */
  async add(bytes: Uint8Array): Promise<Picture> {
    if (bytes.length === 0) throw refused('empty');
    if (bytes.length > pictureLimits.bytes) throw refused('too-many-bytes');
    // A large library, and no start needs it.
    const { default: sharp } = await import('sharp');
    const input = { limitInputPixels: pictureLimits.pixels, failOn: 'truncated', sequentialRead: true } as const;
    const found = await sharp(bytes, { ...input, limitInputPixels: false })
      .metadata()
      .catch(() => null);
    if (found === null || !formats.has(found.format ?? '')) throw refused('not-a-picture');
    if (tooLarge(found)) throw refused('too-many-pixels');
    const { data, info } = await sharp(bytes, input)
      .autoOrient()
      .flatten({ background: '#ffffff' })
      .resize({ width: longestSide, height: longestSide, fit: 'inside', withoutEnlargement: true })
      .toColourspace('srgb')
      .png({ compressionLevel: 6 })
      .toBuffer({ resolveWithObject: true })
      .catch(() => {
        throw refused('cut-short');
      });
    // Many pictures could be transparent and are not.
    const clear = found.hasAlpha === true && !(await sharp(bytes, input).stats()).isOpaque;
    const id = createHash('sha256').update(data).digest('hex');
    await this.#keep(id, data);
    return { id, width: info.width, height: info.height, changes: changesOf(found, info, clear) };
  }

  fileOf(id: string): string {
    return join(this.#folder, `${PictureId.parse(id)}.png`);
  }

  /** @throws {Refused} */
  async require(id: string): Promise<string> {
    const file = this.fileOf(id);
    if (!(await stat(file).catch(() => null))?.isFile()) throw refused('gone');
    return file;
  }

  /** Removes what nothing refers to any more. */
  async tidy(used: ReadonlySet<string>): Promise<void> {
    for (const name of await readdir(this.#folder).catch(() => [])) {
      if (!used.has(name.replace(/\.png$/, ''))) await rm(join(this.#folder, name), { force: true }).catch(() => {});
    }
  }

  async #keep(id: string, data: Uint8Array): Promise<void> {
    const file = this.fileOf(id);
    const there = await readFile(file).catch(() => null);
    if (there !== null && Buffer.compare(there, data) === 0) return;
    await mkdir(this.#folder, { recursive: true });
    await writeWhole(file, data, true);
  }
}

const refused = (problem: PictureProblem) => new Refused({ reason: 'picture', problem });

function tooLarge({ width, height }: Metadata): boolean {
  return Math.max(width, height) > pictureLimits.side || width * height > pictureLimits.pixels;
}

function changesOf(found: Metadata, info: { width: number; height: number }, clear: boolean): Picture['changes'] {
  const turned = (found.orientation ?? 1) !== 1;
  const swapped = (found.orientation ?? 1) >= 5;
  const width = swapped ? found.height : found.width;
  return [
    ...(turned ? (['turned-upright'] as const) : []),
    ...((found.pages ?? 1) > 1 ? (['first-frame-only'] as const) : []),
    ...(clear ? (['transparency-filled'] as const) : []),
    ...(info.width < width ? (['made-smaller'] as const) : []),
  ];
}

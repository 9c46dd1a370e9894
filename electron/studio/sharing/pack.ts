import { type PresetDocument, presetLimits } from '../../../contract/preset.ts';
import { readCarried } from './document.ts';
import { encodeFile, textOfFile } from './file.ts';
import { limitTo, Unreadable } from './unreadable.ts';
import { webpSize } from './webp.ts';
import { type Entry, unzip, zip } from './zip.ts';

const number = (index: number) => String(index + 1).padStart(3, '0');
const presetName = /^preset-(\d{3})\.json$/;
const thumbnailName = /^thumb-(\d{3})\.webp$/;

/** Null when there are none, more than a pack takes, or one that is too large for a file. */
export function encodePack(documents: readonly PresetDocument[]): Uint8Array | null {
  if (documents.length === 0 || documents.length > presetLimits.pack) return null;
  const entries: Entry[] = [];
  for (const [index, document] of documents.entries()) {
    const data = encodeFile({ ...document, thumbnail: null });
    if (data === null) return null;
    entries.push({ name: `preset-${number(index)}.json`, data });
    if (document.thumbnail === null) continue;
    entries.push({ name: `thumb-${number(index)}.webp`, data: Buffer.from(document.thumbnail, 'base64') });
  }
  return zip(entries);
}

/** All of them or none. @throws {Unreadable} */
export function decodePack(bytes: Uint8Array): PresetDocument[] {
  limitTo('bytes', bytes.length, presetLimits.packBytes);
  const entries = unzip(bytes, {
    entries: presetLimits.pack * 2,
    unpackedTogether: presetLimits.packBytes,
    unpacked(name) {
      if (presetName.test(name)) return presetLimits.bytes;
      return thumbnailName.test(name) ? presetLimits.thumbnail : null;
    },
  });
  const presets = entries.filter(({ name }) => presetName.test(name));
  if (presets.length === 0) throw new Unreadable({ problem: 'empty' });
  limitTo('presets', presets.length, presetLimits.pack);
  const thumbnails = new Map(entries.map(({ name, data }) => [thumbnailName.exec(name)?.[1], data]));
  const documents = presets.map(({ name, data }) => {
    const carried = readCarried(textOfFile(data));
    if (carried.kind !== 'preset') throw new Unreadable({ problem: 'unknown' });
    const own = presetName.exec(name)?.[1];
    const thumbnail = thumbnails.get(own);
    thumbnails.delete(own);
    return thumbnail === undefined ? carried.document : { ...carried.document, thumbnail: pictureIn(thumbnail) };
  });
  thumbnails.delete(undefined);
  // One that belongs to no preset has no business in a pack.
  if (thumbnails.size > 0) throw new Unreadable({ problem: 'pack', fault: 'thumbnail' });
  return documents;
}

function pictureIn(bytes: Uint8Array): string {
  const size = webpSize(bytes);
  const base64 = Buffer.from(bytes).toString('base64');
  const small = size !== null && Math.max(size.width, size.height) <= presetLimits.thumbnailSide;
  if (!small || base64.length > presetLimits.thumbnail) throw new Unreadable({ problem: 'pack', fault: 'thumbnail' });
  return base64;
}

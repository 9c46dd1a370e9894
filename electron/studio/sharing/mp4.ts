import { type Box, boxesIn, boxesOf } from './boxes.ts';
import { latin1, utf8, view } from './bytes.ts';
import type { Source } from './source.ts';
import { type Tag, tagLimits } from './tags.ts';

/** The `uuid` box that holds XMP. */
export const xmpBoxId = Buffer.from('be7acfcb97a942e89c71999491e3afac', 'hex');
/** The iTunes name of a comment: what FFmpeg calls `comment`. */
export const commentType = '\xa9cmt';

const firstTypes: ReadonlySet<string> = new Set(['ftyp', 'moov', 'mdat', 'free', 'skip', 'wide', 'pnot']);

export const isMp4 = (head: Uint8Array): boolean => head.length >= 8 && firstTypes.has(latin1(head.subarray(4, 8)));

/** Every text that a clip carries in the usual places: `moov/udta` in both ways of writing it, `moov/meta`, and XMP. */
export async function tagsInMp4(source: Source): Promise<Tag[]> {
  const tags: Tag[] = [];
  for (const box of (await boxesIn(source, 0, source.size)).boxes) {
    if (box.type === 'moov') tags.push(...(await tagsInMoov(source, box)));
    if (box.type === 'uuid') tags.push(...(await tagsInUuid(source, box)));
  }
  return tags.slice(0, tagLimits.count);
}

async function tagsInMoov(source: Source, moov: Box): Promise<Tag[]> {
  const tags: Tag[] = [];
  for (const box of (await boxesIn(source, moov.at + moov.head, moov.at + moov.size)).boxes) {
    if ((box.type !== 'udta' && box.type !== 'meta') || box.size > tagLimits.bytes) continue;
    const bytes = await source.read(box.at + box.head, box.size - box.head);
    tags.push(...(box.type === 'udta' ? tagsInUdta(bytes) : tagsInMeta(bytes)));
  }
  return tags;
}

async function tagsInUuid(source: Source, box: Box): Promise<Tag[]> {
  if (box.size > tagLimits.bytes) return [];
  const bytes = await source.read(box.at + box.head, box.size - box.head);
  return xmpBoxId.equals(bytes.subarray(0, 16)) ? [{ key: 'xmp', text: utf8(bytes.subarray(16)) }] : [];
}

function tagsInUdta(bytes: Uint8Array): Tag[] {
  return boxesOf(bytes).flatMap((box): Tag[] => {
    const data = bytes.subarray(box.at + box.head, box.at + box.size);
    if (box.type === 'meta') return tagsInMeta(data);
    if (box.type === 'XMP_') return [{ key: 'xmp', text: utf8(data) }];
    // QuickTime's way: length, language, text.
    if (box.type !== commentType || data.length < 4) return [];
    return [{ key: 'comment', text: utf8(data.subarray(4, 4 + view(data).getUint16(0))) }];
  });
}

function tagsInMeta(bytes: Uint8Array): Tag[] {
  // MP4 has a version and flags before the boxes, QuickTime has not.
  const from = latin1(bytes.subarray(4, 8)) === 'hdlr' ? 0 : 4;
  const boxes = boxesOf(bytes, Math.min(from, bytes.length));
  const inside = (type: string) => {
    const box = boxes.find((each) => each.type === type);
    return box === undefined ? null : bytes.subarray(box.at + box.head, box.at + box.size);
  };
  const list = inside('ilst');
  if (list === null) return [];
  const names = namesIn(inside('keys'));
  return boxesOf(list).flatMap((item): Tag[] => {
    const key = item.type === commentType ? 'comment' : names[view(list).getUint32(item.at + 4) - 1];
    if (key === undefined) return [];
    const data = boxesOf(list, item.at + item.head, item.at + item.size).find(({ type }) => type === 'data');
    // A type and a locale before the text.
    return data === undefined ? [] : [{ key, text: utf8(list.subarray(data.at + data.head + 8, data.at + data.size)) }];
  });
}

/** The names of the entries in their order, as FFmpeg writes them with `use_metadata_tags`. */
function namesIn(keys: Uint8Array | null): string[] {
  if (keys === null || keys.length < 8) return [];
  return boxesOf(keys, 8).map(({ at, head, size }) =>
    utf8(keys.subarray(at + head, at + size))
      .replace(/^com\.apple\.quicktime\./, '')
      .toLowerCase(),
  );
}

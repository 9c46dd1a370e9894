import type { ClipRecord } from '../../../contract/clipRecord.ts';
import type { PresetDocument } from '../../../contract/preset.ts';
import { type Box, boxesIn } from './boxes.ts';
import type { Edit } from './edit.ts';
import { asciiJson } from './json.ts';
import { commentType, xmpBoxId } from './mp4.ts';
import type { Source } from './source.ts';
import { xmpPacket } from './xmp.ts';

type Carried = ClipRecord | PresetDocument;

/** What a film is played by. Whatever else lies beside it may hold words: XMP, and what somebody thought of. */
const played: ReadonlySet<string> = new Set([
  ...['ftyp', 'styp', 'moov', 'moof', 'mdat', 'mfra', 'sidx', 'ssix', 'prft', 'pdin'],
]);
const told: ReadonlySet<string> = new Set(['udta', 'meta']);
/** Within it nothing that plays reads them: XMP, and what stood there before. */
const leftovers: ReadonlySet<string> = new Set(['uuid', 'free', 'skip']);
/** Boxes that are nothing but boxes, as far down as anything but numbers is found. */
const containers: ReadonlySet<string> = new Set(['moov', 'trak', 'mdia', 'minf', 'edts', 'moof', 'traf']);
const deepest = 6;
const largestMoov = 64 * 2 ** 20;

/**
 * Takes every text out of a clip and puts a record in, or none, without moving the pictures: indexes hold their places in
 * the file. Null when the file's boxes do not add up.
 */
export async function editsForMp4(source: Source, record: Carried | null): Promise<Edit[] | null> {
  const top = await boxesIn(source, 0, source.size);
  const moov = top.boxes.find(({ type }) => type === 'moov');
  if (!top.whole || moov === undefined) return null;
  const inside = await boxesIn(source, moov.at + moov.head, moov.at + moov.size);
  if (!inside.whole) return null;

  const slots = inside.boxes.filter(({ type }) => told.has(type));
  const blanks = await textsIn(source, top.boxes);
  if (blanks === null) return null;
  const texts = top.boxes.filter((box) => blanks.includes(box));

  const edits = blanks.flatMap(blanked);
  // What lies at the end need not even be blank.
  const kept = top.boxes.findLast((box) => !texts.includes(box)) ?? moov;
  const end = kept.at + kept.size;
  edits.push({ kind: 'cut', at: end });
  if (record === null) return edits;

  const settled = kept.toEnd ? sizeWritten(kept) : [];
  // A last box without a size would swallow what comes behind it.
  if (settled === null) return [...edits, ...inSlot(slots, record)];
  edits.push(...settled);
  const slotted = inSlot(slots, record);
  // Behind its fragments nobody looks for an index. There XMP carries the record alone.
  const still = slotted.length > 0 || (moov !== kept && top.boxes.some(({ type }) => type === 'moof'));
  const grown = still ? { edits: slotted, end } : await grownMoov(source, moov, kept, record, edits);
  return [...edits, ...grown.edits, { kind: 'write', at: grown.end, bytes: xmpBox(record) }];
}

/** Whatever may hold words, wherever it lies; null when a box is not filled by those inside of it. */
async function textsIn(source: Source, boxes: readonly Box[], depth = 0): Promise<Box[] | null> {
  const found: Box[] = [];
  for (const box of boxes) {
    const aside = depth === 0 && !played.has(box.type);
    if (aside || told.has(box.type) || leftovers.has(box.type)) found.push(box);
    if (!containers.has(box.type)) continue;
    const inside = await boxesIn(source, box.at + box.head, box.at + box.size);
    const texts = inside.whole && depth < deepest ? await textsIn(source, inside.boxes, depth + 1) : null;
    if (texts === null) return null;
    found.push(...texts);
  }
  return found;
}

const blanked = (box: Box): Edit[] => [
  { kind: 'write', at: box.at + 4, bytes: Buffer.from('free', 'latin1') },
  { kind: 'zero', at: box.at + box.head, length: box.size - box.head },
];

function sizeWritten(box: Box): Edit[] | null {
  return box.size < 2 ** 32 ? [{ kind: 'write', at: box.at, bytes: uint32(box.size) }] : null;
}

/** In the place of what was told before, when there is room; the rest of it stays free. */
function inSlot(slots: readonly Box[], record: Carried): Edit[] {
  const bytes = udtaBox(record, 0);
  for (const { at, size, head } of slots) {
    const left = size - bytes.length;
    if (head !== 8 || left < 0) continue;
    if (left < 8) return [{ kind: 'write', at, bytes: udtaBox(record, left) }];
    return [{ kind: 'write', at, bytes: Buffer.concat([bytes, uint32(left), Buffer.from('free', 'latin1')]) }];
  }
  return [];
}

/** The index with the record at its end, at the end of the file; where it lay before, nothing. */
async function grownMoov(source: Source, moov: Box, last: Box, record: Carried, before: readonly Edit[]) {
  const end = last.at + last.size;
  const udta = udtaBox(record, 0);
  const size = moov.size + udta.length;
  if (moov.head !== 8 || moov.size > largestMoov) return { edits: [], end };
  if (moov === last) {
    const edits: Edit[] = [
      { kind: 'write', at: moov.at, bytes: uint32(size) },
      { kind: 'write', at: end, bytes: udta },
    ];
    return { edits, end: end + udta.length };
  }
  const copy = Buffer.from(await source.read(moov.at, moov.size));
  for (const edit of before) {
    if (edit.kind === 'cut' || edit.at < moov.at || edit.at >= moov.at + moov.size) continue;
    if (edit.kind === 'write') copy.set(edit.bytes, edit.at - moov.at);
    else copy.fill(0, edit.at - moov.at, edit.at - moov.at + edit.length);
  }
  copy.writeUInt32BE(size, 0);
  const edits: Edit[] = [...blanked(moov), { kind: 'write', at: end, bytes: Buffer.concat([copy, udta]) }];
  return { edits, end: end + size };
}

const uint32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};

const box = (type: string, ...parts: readonly Uint8Array[]): Buffer => {
  const data = Buffer.concat(parts);
  return Buffer.concat([uint32(data.length + 8), Buffer.from(type, 'latin1'), data]);
};

/** A comment as iTunes and FFmpeg write it; `padding` blanks behind its JSON make it as long as it must be. */
function udtaBox(record: Carried, padding: number): Buffer {
  const handler = box('hdlr', Buffer.alloc(8), Buffer.from('mdirappl', 'latin1'), Buffer.alloc(9));
  const text = Buffer.from(asciiJson(record) + ' '.repeat(padding), 'latin1');
  const data = box('data', uint32(1), uint32(0), text);
  return box('udta', box('meta', uint32(0), handler, box('ilst', box(commentType, data))));
}

const xmpBox = (record: Carried): Buffer => box('uuid', xmpBoxId, Buffer.from(xmpPacket(record), 'utf8'));

import type { ClipRecord } from '../../../contract/clipRecord.ts';
import type { PresetDocument } from '../../../contract/preset.ts';
import type { Edit } from './edit.ts';
import { asciiJson } from './json.ts';
import type { Source } from './source.ts';
import { type Element, elementsIn, ids } from './webm.ts';

type Carried = ClipRecord | PresetDocument;

const unused = 0xec;
const checksum = 0xbf;
/** Tags, attachments, chapters, and room that is not used. */
const told: ReadonlySet<number> = new Set([ids.tags, 0x19_41_a4_69, 0x10_43_a7_70, unused]);
/** The masters in which words stand beside what a film is played by, and these words: titles and names of files. */
const beside: ReadonlyMap<number, ReadonlySet<number>> = new Map([
  [0x15_49_a9_66, new Set([0x7b_a9, 0x73_84, 0x3c_83_ab, 0x3e_83_bb, unused])],
  [0x16_54_ae_6b, new Set([unused])],
  [0xae, new Set([0x53_6e, 0x25_86_88, unused])],
]);

/** A film without text, or with nothing but a record, all else where it was. Null when its elements do not add up. */
export async function editsForWebm(source: Source, record: Carried | null): Promise<Edit[] | null> {
  const top = (await wholeIn(source, 0, source.size)) ?? [];
  const segment = top.find(({ id }) => id === ids.segment);
  if (segment === undefined) return null;
  const inside = await wholeIn(source, segment.data, endOf(segment, source.size));
  if (inside === null) return null;
  const texts = inside.filter(({ id }) => told.has(id));
  const named = await namesIn(source, inside);
  if (named === null) return null;
  const around = top.filter(({ id }) => told.has(id));
  const edits = [...around, ...texts, ...named].flatMap(emptied);
  if (record === null) return edits;
  for (const { at, data, size } of texts) {
    const tags = tagsElement(record, data + (size ?? 0) - at);
    if (tags !== null) return [...edits, { kind: 'write', at, bytes: tags }];
  }
  return null;
}

const endOf = ({ data, size }: Element, most: number): number => (size === null ? most : data + size);

/** Null unless they fill the space to its last byte. Only the segment may leave open where it ends. */
async function wholeIn(source: Source, from: number, to: number): Promise<Element[] | null> {
  const elements = await elementsIn(source, from, to);
  const last = elements.at(-1);
  const open = elements.find(({ id, size }) => size === null && id !== ids.segment);
  const end = last === undefined ? from : endOf(last, to);
  return open === undefined && end === to ? elements : null;
}

/** Words in the masters that stay, with the checksums that would tell of their absence. */
async function namesIn(source: Source, elements: readonly Element[]): Promise<Element[] | null> {
  const found: Element[] = [];
  for (const master of elements) {
    const words = beside.get(master.id);
    if (words === undefined) continue;
    const inside = await wholeIn(source, master.data, endOf(master, source.size));
    const deeper = inside && (await namesIn(source, inside));
    if (inside === null || deeper === null) return null;
    found.push(...inside.filter(({ id }) => words.has(id) || id === checksum), ...deeper);
  }
  return found;
}

/** Its place is room that is not used. */
function emptied({ at, data, size }: Element): Edit[] {
  const end = data + (size ?? 0);
  const head = headOf(Buffer.of(unused), end - at);
  return [
    { kind: 'write', at, bytes: head },
    { kind: 'zero', at: at + head.length, length: end - at - head.length },
  ];
}

/** The head of an element that is so long with it: its size takes one byte, or eight where one is not enough. */
function headOf(id: Uint8Array, whole: number): Buffer {
  const short = whole - id.length - 1;
  if (short < 0x7f) return Buffer.concat([id, Buffer.of(0x80 | short)]);
  const size = Buffer.alloc(8);
  size.writeBigUInt64BE(BigInt(whole - id.length - 8) | (1n << 56n));
  return Buffer.concat([id, size]);
}

/** The record as the comment of the film, just so long; null when there is no room for it. */
function tagsElement(record: Carried, length: number): Buffer | null {
  const json = asciiJson(record);
  const tags = (padding: number) =>
    element(
      ids.tags,
      element(
        ids.tag,
        Buffer.concat([
          element(ids.targets, Buffer.alloc(0)),
          element(
            ids.simple,
            Buffer.concat([
              element(ids.name, Buffer.from('COMMENT')),
              element(ids.value, Buffer.from(json + ' '.repeat(padding))),
            ]),
          ),
        ]),
      ),
    );
  const room = length - tags(0).length;
  return room < 0 ? null : tags(room);
}

/** With a size in eight bytes, so that what is in it does not change how long its head is. */
function element(id: number, data: Uint8Array): Buffer {
  const name = Buffer.from(id.toString(16), 'hex');
  const size = Buffer.alloc(8);
  size.writeBigUInt64BE(BigInt(data.length) | (1n << 56n));
  return Buffer.concat([name, size, data]);
}

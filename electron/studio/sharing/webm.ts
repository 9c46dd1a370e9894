import { utf8 } from './bytes.ts';
import type { Source } from './source.ts';
import { type Tag, tagLimits } from './tags.ts';

export const ids = {
  ...{ segment: 0x18_53_80_67, tags: 0x12_54_c3_67, tag: 0x73_73, targets: 0x63_c0, simple: 0x67_c8 },
  ...{ name: 0x45_a3, value: 0x44_87 },
} as const;
const maxElements = 4096;

export const isWebm = (head: Uint8Array): boolean =>
  head[0] === 0x1a && head[1] === 0x45 && head[2] === 0xdf && head[3] === 0xa3;

export interface Element {
  id: number;
  /** Where its head begins, and what is in it. */
  at: number;
  data: number;
  /** Null where it is not known until the next one begins. */
  size: number | null;
}

/** The elements between two places, by their heads alone; it ends where one does not say how long it is. */
export async function elementsIn(source: Source, from: number, to: number): Promise<Element[]> {
  const elements: Element[] = [];
  let at = from;
  while (at < to && elements.length < maxElements) {
    const element = elementAt(await source.read(at, 12), at);
    if (element === null) break;
    elements.push(element);
    if (element.size === null || element.data + element.size > to) break;
    at = element.data + element.size;
  }
  return elements;
}

function elementAt(head: Uint8Array, at: number): Element | null {
  const id = numberAt(head, 0, 4, true);
  if (id === null) return null;
  const size = numberAt(head, id.length, 8, false);
  if (size === null) return null;
  const unknown = size.value === 2 ** (7 * size.length) - 1;
  return { id: id.value, at, data: at + id.length + size.length, size: unknown ? null : size.value };
}

/** A number whose leading zeros say how many bytes it has. */
function numberAt(bytes: Uint8Array, at: number, longest: number, withMark: boolean) {
  const first = bytes[at];
  if (first === undefined || first === 0) return null;
  const length = Math.clz32(first) - 23;
  if (length > longest || at + length > bytes.length) return null;
  let value = withMark ? first : first & (0xff >> length);
  for (let index = 1; index < length; index += 1) value = value * 256 + (bytes[at + index] ?? 0);
  return { value, length };
}

/** The tags of a WebM or Matroska file, where they stand before the pictures or their sizes are told. */
export async function tagsInWebm(source: Source): Promise<Tag[]> {
  const segment = (await elementsIn(source, 0, source.size)).find(({ id }) => id === ids.segment);
  if (segment === undefined) return [];
  const end = segment.size === null ? source.size : Math.min(source.size, segment.data + segment.size);
  const found: Tag[] = [];
  for (const { id, data, size } of await elementsIn(source, segment.data, end)) {
    if (id !== ids.tags || size === null || size > tagLimits.bytes) continue;
    for (const tag of await within(source, { data, size }, ids.tag)) {
      for (const simple of await within(source, tag, ids.simple)) found.push(...(await tagIn(source, simple)));
      if (found.length >= tagLimits.count) return found.slice(0, tagLimits.count);
    }
  }
  return found;
}

interface Range {
  data: number;
  size: number;
}

async function within(source: Source, { data, size }: Range, wanted: number): Promise<Range[]> {
  const elements = await elementsIn(source, data, data + size);
  return elements.flatMap((element) =>
    element.id === wanted && element.size !== null ? [{ data: element.data, size: element.size }] : [],
  );
}

async function tagIn(source: Source, range: Range): Promise<Tag[]> {
  const [name] = await within(source, range, ids.name);
  const [value] = await within(source, range, ids.value);
  if (name === undefined || value === undefined || name.size > 80 || value.size > tagLimits.bytes) return [];
  const read = async ({ data, size }: Range) => utf8(await source.read(data, size));
  return [{ key: (await read(name)).toLowerCase(), text: await read(value) }];
}

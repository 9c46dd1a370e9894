import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { crc32, latin1, view } from './bytes.ts';
import { limitTo, Unreadable } from './unreadable.ts';

/**
 * The small part of zip that packs are made of, and nothing else of it: one disk, one entry after the other without gaps,
 * stored or deflated, no encryption, no comments, no extra fields, no sizes behind the data. Everything that readers
 * of zip disagree about is refused.
 */

export interface Entry {
  name: string;
  data: Uint8Array;
}

export interface ZipBounds {
  entries: number;
  /** Of one entry, by its name; null refuses the name. */
  unpacked(name: string): number | null;
  unpackedTogether: number;
}

const localHead = 30;
const centralHead = 46;
const endHead = 22;
const maxRatio = 100;
const methods = { stored: 0, deflated: 8 } as const;
/** How well it was deflated, and that names are UTF-8. */
const harmlessFlags = 0x08_06;

type Fault = Extract<Unreadable['problem'], { problem: 'pack' }>['fault'];
const refuse = (fault: Fault): never => {
  throw new Unreadable({ problem: 'pack', fault });
};

export const isZip = (head: Uint8Array): boolean =>
  head[0] === 0x50 && head[1] === 0x4b && [3, 5, 7].includes(head[2] ?? 0);

/** @throws {Unreadable} */
export function unzip(bytes: Uint8Array, bounds: ZipBounds): Entry[] {
  const at = view(bytes);
  const end = bytes.length - endHead;
  if (end < 0 || at.getUint32(end, true) !== 0x06_05_4b_50) {
    throw new Unreadable({ problem: 'damaged', carrier: 'pack' });
  }
  const [count, size, begin] = [
    at.getUint16(end + 10, true),
    at.getUint32(end + 12, true),
    at.getUint32(end + 16, true),
  ];
  limitTo('presets', count, bounds.entries);
  const oneDisk = at.getUint32(end + 4, true) === 0 && at.getUint16(end + 8, true) === count;
  if (!oneDisk || at.getUint16(end + 20, true) !== 0 || begin + size !== end) refuse('disagreement');

  const entries: Entry[] = [];
  const names = new Set<string>();
  let central = begin;
  let local = 0;
  let together = 0;
  for (let index = 0; index < count; index += 1) {
    if (central + centralHead > end || at.getUint32(central, true) !== 0x02_01_4b_50) refuse('disagreement');
    const entry = headAt(bytes, central + 6, central + centralHead);
    const extra = at.getUint32(central + 30, true) !== 0 || at.getUint16(central + 34, true) !== 0;
    if (extra || at.getUint32(central + 42, true) !== local) refuse('overlap');
    const max = bounds.unpacked(entry.name) ?? refuse('name');
    if (names.has(entry.name)) refuse('twice');
    names.add(entry.name);
    if ((entry.flags & 1) !== 0) refuse('encrypted');
    if ((entry.flags & ~harmlessFlags) !== 0) refuse('disagreement');
    if (entry.method !== methods.stored && entry.method !== methods.deflated) refuse('method');
    limitTo('unpacked', entry.size, Math.min(max, entry.packed * maxRatio));
    together += entry.size;
    limitTo('unpacked', together, bounds.unpackedTogether);

    const data = local + localHead + entry.name.length;
    if (data + entry.packed > begin || at.getUint32(local, true) !== 0x04_03_4b_50) refuse('overlap');
    const again = headAt(bytes, local + 4, local + localHead);
    if (JSON.stringify(again) !== JSON.stringify(entry) || at.getUint16(local + 28, true) !== 0) refuse('disagreement');
    entries.push({ name: entry.name, data: unpacked(bytes.subarray(data, data + entry.packed), entry) });
    local = data + entry.packed;
    central += centralHead + entry.name.length;
  }
  if (central !== end || local !== begin) refuse('overlap');
  return entries;
}

interface Head {
  name: string;
  flags: number;
  method: number;
  crc: number;
  packed: number;
  size: number;
}

/** What the local and the central head of an entry both say. `name` is where the name begins. */
function headAt(bytes: Uint8Array, from: number, name: number): Head {
  const at = view(bytes);
  return {
    flags: at.getUint16(from + 2, true),
    method: at.getUint16(from + 4, true),
    crc: at.getUint32(from + 10, true),
    packed: at.getUint32(from + 14, true),
    size: at.getUint32(from + 18, true),
    name: latin1(bytes.subarray(name, name + at.getUint16(from + 22, true))),
  };
}

function unpacked(packed: Uint8Array, { method, size, crc }: Head): Uint8Array {
  const data = method === methods.stored ? packed : inflated(packed, size);
  if (data?.length !== size || crc32(data) !== crc) throw new Unreadable({ problem: 'damaged', carrier: 'pack' });
  return data;
}

function inflated(packed: Uint8Array, size: number): Uint8Array | null {
  try {
    return inflateRawSync(packed, { maxOutputLength: Math.max(1, size) });
  } catch {
    return null;
  }
}

/** Names are ASCII. */
export function zip(entries: readonly Entry[]): Uint8Array {
  const locals: Uint8Array[] = [];
  const centrals: Uint8Array[] = [];
  let offset = 0;
  for (const { name, data } of entries) {
    const deflated = deflateRawSync(data, { level: 9 });
    const store = deflated.length >= data.length || deflated.length * maxRatio < data.length;
    const body = store ? data : deflated;
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(store ? methods.stored : methods.deflated, 4);
    common.writeUInt16LE(0x21, 8); // The first day that zip knows: equal presets give equal packs.
    common.writeUInt32LE(crc32(data), 10);
    common.writeUInt32LE(body.length, 14);
    common.writeUInt32LE(data.length, 18);
    common.writeUInt16LE(name.length, 22);
    const place = Buffer.alloc(14);
    place.writeUInt32LE(offset, 10);
    const title = Buffer.from(name, 'latin1');
    locals.push(Buffer.from('PK\x03\x04', 'latin1'), common, title, body);
    centrals.push(Buffer.from('PK\x01\x02\x14\x00', 'latin1'), common, place, title);
    offset += localHead + title.length + body.length;
  }
  const directory = Buffer.concat(centrals);
  const end = Buffer.alloc(endHead);
  end.write('PK\x05\x06', 0, 'latin1');
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, directory, end]);
}

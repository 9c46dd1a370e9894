import { latin1, utf8, view } from './bytes.ts';
import type { Source } from './source.ts';
import { type Tag, tagLimits } from './tags.ts';

export interface Size {
  width: number;
  height: number;
}

export const isWebp = (head: Uint8Array): boolean =>
  head.length >= 12 && latin1(head.subarray(0, 4)) === 'RIFF' && latin1(head.subarray(8, 12)) === 'WEBP';

interface Chunk {
  type: string;
  data: number;
  length: number;
}

const maxChunks = 4096;

async function chunksOf(source: Source): Promise<Chunk[]> {
  const chunks: Chunk[] = [];
  let at = 12;
  while (at + 8 <= source.size && chunks.length < maxChunks) {
    const head = await source.read(at, 8);
    if (head.length < 8) break;
    const length = view(head).getUint32(4, true);
    if (at + 8 + length > source.size) break;
    chunks.push({ type: latin1(head.subarray(0, 4)), data: at + 8, length });
    at += 8 + length + (length & 1);
  }
  return chunks;
}

export async function tagsInWebp(source: Source): Promise<Tag[]> {
  const xmp = (await chunksOf(source)).find(({ type, length }) => type === 'XMP ' && length <= tagLimits.bytes);
  return xmp === undefined ? [] : [{ key: 'xmp', text: utf8(await source.read(xmp.data, xmp.length)) }];
}

/** How large the picture is by its own word; null when this is no WebP. */
export function webpSize(bytes: Uint8Array): Size | null {
  if (!isWebp(bytes) || bytes.length < 30) return null;
  return sizeIn(latin1(bytes.subarray(12, 16)), bytes.subarray(20));
}

function sizeIn(type: string, data: Uint8Array): Size | null {
  if (data.length < 10) return null;
  const at = view(data);
  if (type === 'VP8X') return { width: uint24(at, 4) + 1, height: uint24(at, 7) + 1 };
  if (type === 'VP8L' && data[0] === 0x2f) {
    const bits = at.getUint32(1, true);
    return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
  }
  const keyFrame = type === 'VP8 ' && data[3] === 0x9d && data[4] === 0x01 && data[5] === 0x2a;
  return keyFrame ? { width: at.getUint16(6, true) & 0x3fff, height: at.getUint16(8, true) & 0x3fff } : null;
}

const uint24 = (at: DataView, offset: number) => at.getUint16(offset, true) | (at.getUint8(offset + 2) << 16);

const flags = { xmp: 0x04, exif: 0x08, alpha: 0x10 } as const;
/** What a picture is shown by, behind its head. Others may hold words. */
const shown: ReadonlySet<string> = new Set(['VP8 ', 'VP8L', 'ALPH', 'ANIM', 'ANMF', 'ICCP']);

/** The picture with this packet, or with no text at all. Null when it is damaged. */
export async function rewrittenWebp(source: Source, packet: string | null): Promise<Uint8Array | null> {
  const chunks = await chunksOf(source);
  const first = chunks[0];
  if (first === undefined) return null;
  const head = await source.read(first.data, Math.min(first.length, 10));
  const size = sizeIn(first.type, head);
  if (size === null) return null;
  const kept = chunks.filter(({ type }) => shown.has(type));
  const parts = await Promise.all(
    kept.map(async ({ type, data, length }) => chunk(type, await source.read(data, length))),
  );
  const extended = first.type === 'VP8X' || packet !== null;
  if (extended) {
    const alpha = first.type === 'VP8L' && ((head[4] ?? 0) & 0x10) !== 0 ? flags.alpha : 0;
    const before = first.type === 'VP8X' ? (head[0] ?? 0) & ~flags.xmp & ~flags.exif : alpha;
    parts.unshift(chunk('VP8X', extendedHead(size, before | (packet === null ? 0 : flags.xmp))));
    if (packet !== null) parts.push(chunk('XMP ', Buffer.from(packet, 'utf8')));
  }
  const body = Buffer.concat(parts);
  const riff = Buffer.from('RIFF\0\0\0\0WEBP', 'latin1');
  riff.writeUInt32LE(body.length + 4, 4);
  return Buffer.concat([riff, body]);
}

function extendedHead({ width, height }: Size, flag: number): Uint8Array {
  const head = Buffer.alloc(10);
  head[0] = flag;
  head.writeUIntLE(width - 1, 4, 3);
  head.writeUIntLE(height - 1, 7, 3);
  return head;
}

function chunk(type: string, data: Uint8Array): Uint8Array {
  const whole = Buffer.alloc(8 + data.length + (data.length & 1));
  whole.write(type, 0, 'latin1');
  whole.writeUInt32LE(data.length, 4);
  whole.set(data, 8);
  return whole;
}

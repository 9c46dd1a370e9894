import { inflateSync } from 'node:zlib';
import { crc32, latin1, utf8, view } from './bytes.ts';
import type { Source } from './source.ts';
import { type Tag, tagLimits } from './tags.ts';

const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const xmpKeyword = 'XML:com.adobe.xmp';
const textChunks: ReadonlySet<string> = new Set(['tEXt', 'zTXt', 'iTXt']);
const maxChunks = 20_000;
/** Bytes that one byte of a deflated text can stand for. */
const bestPacked = 1032;

export const isPng = (head: Uint8Array): boolean => signature.equals(head.subarray(0, signature.length));

interface Chunk {
  type: string;
  /** Where it begins, with its length and type before and its checksum after the data. */
  at: number;
  length: number;
}

/** The chunks as far as they are whole. */
async function chunksOf(source: Source): Promise<Chunk[]> {
  const chunks: Chunk[] = [];
  let at = signature.length;
  while (at + 12 <= source.size && chunks.length < maxChunks) {
    const head = await source.read(at, 8);
    if (head.length < 8) break;
    const length = view(head).getUint32(0);
    const type = latin1(head.subarray(4));
    if (at + 12 + length > source.size || !/^[A-Za-z]{4}$/.test(type)) break;
    chunks.push({ type, at, length });
    at += 12 + length;
    if (type === 'IEND') break;
  }
  return chunks;
}

export async function tagsInPng(source: Source): Promise<Tag[]> {
  const tags: Tag[] = [];
  // A small file may unpack to a large one, many times over.
  let room: number = tagLimits.together;
  for (const { type, at, length } of await chunksOf(source)) {
    if (tags.length >= tagLimits.count || room <= 0) break;
    if (!textChunks.has(type) || length > tagLimits.bytes) continue;
    const chunk = await source.read(at + 4, length + 8);
    if (chunk.length < length + 8 || crc32(chunk.subarray(0, length + 4)) !== view(chunk).getUint32(length + 4))
      continue;
    const tag = tagIn(type, chunk.subarray(4, length + 4), Math.min(room, tagLimits.bytes));
    // What could not be unpacked may have cost as much as what can be packed best.
    room -= tag === null ? length * bestPacked : Math.max(length, tag.text.length);
    if (tag !== null) tags.push(tag);
  }
  return tags;
}

function tagIn(type: string, data: Uint8Array, room: number): Tag | null {
  const end = data.indexOf(0);
  if (end < 1 || end > 79) return null;
  const keyword = latin1(data.subarray(0, end));
  const key = keyword === xmpKeyword ? 'xmp' : keyword.toLowerCase();
  if (type === 'tEXt') return { key, text: latin1(data.subarray(end + 1)) };
  if (type === 'zTXt') return inflated(data.subarray(end + 2), room, (bytes) => ({ key, text: latin1(bytes) }));
  const compressed = data[end + 1] === 1;
  const language = data.indexOf(0, end + 3);
  const translated = language < 0 ? -1 : data.indexOf(0, language + 1);
  if (translated < 0) return null;
  const text = data.subarray(translated + 1);
  return compressed ? inflated(text, room, (bytes) => ({ key, text: utf8(bytes) })) : { key, text: utf8(text) };
}

function inflated(bytes: Uint8Array, room: number, use: (bytes: Uint8Array) => Tag): Tag | null {
  try {
    return use(inflateSync(bytes, { maxOutputLength: room }));
  } catch {
    return null;
  }
}

/** Beside what nobody can show a picture without: its colours, size and moving parts. Others may hold words. */
const shown: ReadonlySet<string> = new Set([
  ...['tRNS', 'gAMA', 'cHRM', 'sRGB', 'iCCP', 'sBIT', 'cICP', 'mDCV', 'cLLI', 'bKGD', 'hIST', 'pHYs'],
  ...['acTL', 'fcTL', 'fdAT'],
]);
/** Those whose name begins with a capital letter. */
const isCritical = (type: string): boolean => /^[A-Z]/.test(type);

/** The picture with this packet, or with no text at all. Null when it is damaged. */
export async function rewrittenPng(source: Source, packet: string | null): Promise<Uint8Array | null> {
  const chunks = await chunksOf(source);
  if (chunks[0]?.type !== 'IHDR' || chunks.at(-1)?.type !== 'IEND') return null;
  const parts: Uint8Array[] = [signature];
  for (const { type, at, length } of chunks) {
    if (!isCritical(type) && !shown.has(type)) continue;
    parts.push(await source.read(at, length + 12));
    if (type === 'IHDR' && packet !== null) parts.push(textChunk(packet));
  }
  return Buffer.concat(parts);
}

/** iTXt: keyword, not compressed, no language, no translated keyword, UTF-8. */
function textChunk(packet: string): Uint8Array {
  const data = Buffer.from(`iTXt${xmpKeyword}\0\0\0\0\0${packet}`, 'utf8');
  const chunk = Buffer.alloc(data.length + 8);
  chunk.writeUInt32BE(data.length - 4, 0);
  data.copy(chunk, 4);
  chunk.writeUInt32BE(crc32(data), data.length + 4);
  return chunk;
}

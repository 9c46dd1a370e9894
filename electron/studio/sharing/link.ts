import { createHash } from 'node:crypto';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { type PresetDocument, presetLimits } from '../../../contract/preset.ts';
import { type Carried, readCarried } from './document.ts';
import { Unreadable } from './unreadable.ts';

/** A line to send, or why there is none: a file takes longer ones. */
export type Line = { kind: 'line'; line: string } | { kind: 'too-long'; characters: number; max: number };

const scheme = 'reelwright://preset/';
const marker = 'reelwright-preset:';
const sumBytes = 4;
const headBytes = sumBytes + 2;
/** The head in base64url: 6 bytes are 8 characters, so that it can be read alone. */
const headCharacters = 8;
/** The largest document without a thumbnail, each character written as an escape, and some. */
const unpackedMax = 128 * 1024;

export const encodeLink = (document: PresetDocument): Line => fitting(scheme, document);

/** For programs that do not know the link. */
export const encodeText = (document: PresetDocument): Line => fitting(marker, document);

function fitting(before: string, document: PresetDocument): Line {
  const line = `${before}${payloadOf(document)}`;
  const max = presetLimits.link;
  return line.length <= max ? { kind: 'line', line } : { kind: 'too-long', characters: line.length, max };
}

/** Checksum, length, deflated JSON. The length says where it ends in whatever text it stands. */
function payloadOf({ thumbnail: _, ...bare }: PresetDocument): string {
  const packed = deflateRawSync(Buffer.from(JSON.stringify(bare), 'utf8'), { level: 9 });
  const length = Buffer.alloc(2);
  length.writeUInt16BE(Math.min(packed.length, 0xff_ff));
  return Buffer.concat([sumOf(length, packed), length, packed]).toString('base64url');
}

const sumOf = (length: Uint8Array, packed: Uint8Array) =>
  createHash('sha256').update(length).update(packed).digest().subarray(0, sumBytes);

/**
 * The document in a link or a line, whatever a chat did to it: words around it, breaks and quotation marks within,
 * percent signs for its own. Null when there is none in the text.
 * @throws {Unreadable}
 */
export function readLine(given: string): { carried: Carried; carrier: 'link' | 'text' } | null {
  const text = given.replace(/%([0-9a-fA-F]{2})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)));
  const found = /(reelwright:\/{0,3}preset\/|reelwright-preset:)/i.exec(text);
  if (found === null) return null;
  const carrier = found[0].toLowerCase() === marker ? 'text' : 'link';
  const damaged = new Unreadable({ problem: 'damaged', carrier });
  // Breaks, blanks, quotation marks of mails and characters without width are none of ours.
  const rest = text.slice(found.index + found[0].length).replace(/[^A-Za-z0-9_-]+/g, '');
  const head = Buffer.from(rest.slice(0, headCharacters), 'base64url');
  if (head.length < headBytes) throw damaged;
  const length = head.readUInt16BE(sumBytes);
  const characters = Math.ceil(((headBytes + length) * 8) / 6);
  const bytes = Buffer.from(rest.slice(0, characters), 'base64url');
  const packed = bytes.subarray(headBytes);
  if (packed.length !== length) throw damaged;
  if (!sumOf(bytes.subarray(sumBytes, headBytes), packed).equals(bytes.subarray(0, sumBytes))) throw damaged;
  return { carried: readCarried(unpacked(packed, damaged)), carrier };
}

function unpacked(packed: Uint8Array, damaged: Unreadable): string {
  try {
    return inflateRawSync(packed, { maxOutputLength: unpackedMax }).toString('utf8');
  } catch (error) {
    throw error instanceof RangeError
      ? new Unreadable({ problem: 'limit', limit: 'unpacked', max: unpackedMax })
      : damaged;
  }
}

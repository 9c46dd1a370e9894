import { xmpBoxId } from './mp4.ts';

/** The boxes of a film, put together by hand: what the readers and writers of MP4 are tried on. */
export function box(type: string, ...parts: (Uint8Array | string)[]): Buffer {
  const data = Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'utf8') : part)));
  const head = Buffer.alloc(8);
  head.writeUInt32BE(data.length + 8);
  head.write(type, 4, 'latin1');
  return Buffer.concat([head, data]);
}

/** With its size in eight bytes. */
export function longBox(type: string, data: Uint8Array): Buffer {
  const head = Buffer.alloc(16);
  head.writeUInt32BE(1);
  head.write(type, 4, 'latin1');
  head.writeBigUInt64BE(BigInt(data.length + 16), 8);
  return Buffer.concat([head, data]);
}

const nothing = Buffer.alloc(4);
export const ftyp = box('ftyp', 'isom', nothing, 'isommp42');
export const mdat = (frames = 'pictures '.repeat(40)) => box('mdat', frames);
const hdlr = (kind: string) => box('hdlr', Buffer.alloc(8), kind, Buffer.alloc(13));
const data = (text: string) => box('data', Buffer.from([0, 0, 0, 1, 0, 0, 0, 0]), text);

/** A comment as FFmpeg writes it into MP4. */
export const udta = (comment: string) =>
  box(
    'udta',
    box('meta', nothing, hdlr('mdir'), box('ilst', box('\xa9too', data('Lavf')), box('\xa9cmt', data(comment)))),
  );

/** The same with `use_metadata_tags`: names of any kind, listed before. */
export function tagged(tags: Record<string, string>): Buffer {
  const names = Object.keys(tags).map((name) => box('mdta', name));
  const items = Object.values(tags).map((text, index) => {
    const item = box('    ', data(text));
    item.writeUInt32BE(index + 1, 4);
    return item;
  });
  const count = Buffer.alloc(4);
  count.writeUInt32BE(names.length);
  return box('meta', hdlr('mdta'), box('keys', nothing, count, ...names), box('ilst', ...items));
}

/** QuickTime's own way: length, language, text. */
export function quickTime(comment: string): Buffer {
  const text = Buffer.from(comment, 'utf8').subarray(0, 0xff_ff);
  const head = Buffer.alloc(4);
  head.writeUInt16BE(text.length);
  head.writeUInt16BE(0x55c4, 2);
  return box('udta', box('\xa9cmt', head, text));
}

export const moov = (...more: Uint8Array[]) =>
  box(
    'moov',
    box('mvhd', Buffer.alloc(100)),
    box('trak', box('tkhd', Buffer.alloc(84)), udta('of the track')),
    ...more,
  );

export const xmp = (packet: string) => box('uuid', xmpBoxId, packet);

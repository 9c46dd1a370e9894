import { latin1, view } from './bytes.ts';
import type { Source } from './source.ts';

/** A box of an ISO base media file (MP4, MOV). */
export interface Box {
  type: string;
  at: number;
  /** Bytes of its head: 8, or 16 with a long size. */
  head: number;
  /** With its head. */
  size: number;
  /** Its size is written as 0: it reaches to the end of the file. */
  toEnd: boolean;
}

export interface Boxes {
  boxes: Box[];
  /** They fill the space to its last byte. */
  whole: boolean;
}

/** A film in fragments has many, and their settings before them. */
const maxBoxes = 4096;

/** The boxes between two places, by their heads alone. */
export async function boxesIn(source: Source, from: number, to: number): Promise<Boxes> {
  const boxes: Box[] = [];
  let at = from;
  while (at < to) {
    if (boxes.length === maxBoxes) return { boxes, whole: false };
    const box = boxAt(await source.read(at, 16), at, to);
    if (box === null) return { boxes, whole: false };
    boxes.push(box);
    at += box.size;
  }
  return { boxes, whole: true };
}

/** The same in memory, as far as they are whole. */
export function boxesOf(bytes: Uint8Array, from = 0, to = bytes.length): Box[] {
  const boxes: Box[] = [];
  for (let at = from; at < to && boxes.length < maxBoxes; ) {
    const box = boxAt(bytes.subarray(at, at + 16), at, to);
    if (box === null) break;
    boxes.push(box);
    at += box.size;
  }
  return boxes;
}

function boxAt(head: Uint8Array, at: number, to: number): Box | null {
  if (head.length < 8) return null;
  const short = view(head).getUint32(0);
  const type = latin1(head.subarray(4, 8));
  if (short === 0) return { type, at, head: 8, size: to - at, toEnd: true };
  if (short !== 1) return short >= 8 && at + short <= to ? { type, at, head: 8, size: short, toEnd: false } : null;
  if (head.length < 16) return null;
  const long = view(head).getBigUint64(8);
  if (long < 16n || long > BigInt(to - at)) return null;
  return { type, at, head: 16, size: Number(long), toEnd: false };
}

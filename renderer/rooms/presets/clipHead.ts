const headerBytes = 16;
/** Frames, and room for them: by far the most of a clip, and nothing that is read. */
const left: ReadonlySet<string> = new Set(['mdat', 'free', 'skip', 'wide']);
/** A clip has a handful of boxes; more are not looked at. */
const mostBoxes = 64;

/**
 * What is looked at of a file: of an MP4 the boxes beside its frames, so that a large clip costs no more than a small
 * one; of everything else the whole.
 */
export async function partToLookAt(file: Blob): Promise<Blob> {
  const parts: Blob[] = [];
  let at = 0;
  for (let count = 0; at < file.size && count < mostBoxes; count++) {
    const view = new DataView(await file.slice(at, at + headerBytes).arrayBuffer());
    if (view.byteLength < 8) break;
    const type = String.fromCharCode(...[4, 5, 6, 7].map((place) => view.getUint8(place)));
    if (count === 0 && type !== 'ftyp') return file;
    const size = sizeOf(view, file.size - at);
    // A size that cannot be: what is damaged is told by who reads it.
    if (size === null) return file;
    if (!left.has(type)) parts.push(file.slice(at, at + size));
    at += size;
  }
  return new Blob(parts);
}

/** Of the box that begins here; null when it says one that cannot be. */
function sizeOf(view: DataView, rest: number): number | null {
  const short = view.getUint32(0);
  if (short === 0) return rest;
  const size = short === 1 && view.byteLength >= headerBytes ? Number(view.getBigUint64(8)) : short;
  return size >= 8 && size <= rest ? size : null;
}

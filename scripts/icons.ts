/** Draws the program's icons from renderer/icon.svg: `npm run icons`, after the drawing has changed. */
import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const drawing = join(root, 'renderer', 'icon.svg');

interface Picture {
  size: number;
  png: Buffer;
}

/** The drawing as a square picture; `margin` is what stays empty on each side, as a share of it. */
async function draw(size: number, margin = 0): Promise<Picture> {
  const empty = Math.round(size * margin);
  const inside = size - 2 * empty;
  const svg = await readFile(drawing);
  const { width = inside } = await sharp(svg).metadata();
  const png = await sharp(svg, { density: (72 * inside) / width })
    .resize(inside, inside)
    .extend({ top: empty, bottom: empty, left: empty, right: empty, background: '#0000' })
    .png({ compressionLevel: 9 })
    .toBuffer();
  return { size, png };
}

/** Windows' container: a table, then the pictures as they are. */
function ico(pictures: readonly Picture[]): Buffer {
  const table = Buffer.alloc(6 + 16 * pictures.length);
  table.writeUInt16LE(1, 2);
  table.writeUInt16LE(pictures.length, 4);
  let offset = table.length;
  for (const [index, { size, png }] of pictures.entries()) {
    const at = 6 + 16 * index;
    // A byte each: 256 is written as 0.
    table.writeUInt8(size % 256, at);
    table.writeUInt8(size % 256, at + 1);
    table.writeUInt16LE(1, at + 4);
    table.writeUInt16LE(32, at + 6);
    table.writeUInt32LE(png.length, at + 8);
    table.writeUInt32LE(offset, at + 12);
    offset += png.length;
  }
  return Buffer.concat([table, ...pictures.map(({ png }) => png)]);
}

const icnsKinds: Record<number, readonly string[]> = {
  32: ['ic11'],
  64: ['ic12'],
  128: ['ic07'],
  256: ['ic08', 'ic13'],
  512: ['ic09', 'ic14'],
  1024: ['ic10'],
};

/** macOS' container: each picture under the names of the places it is for. */
function icns(pictures: readonly Picture[]): Buffer {
  const entries = pictures.flatMap(({ size, png }) =>
    (icnsKinds[size] ?? []).map((kind) => {
      const head = Buffer.from(`${kind}----`, 'latin1');
      head.writeUInt32BE(head.length + png.length, 4);
      return Buffer.concat([head, png]);
    }),
  );
  const body = Buffer.concat(entries);
  const head = Buffer.from('icns----', 'latin1');
  head.writeUInt32BE(head.length + body.length, 4);
  return Buffer.concat([head, body]);
}

const all = (sizes: readonly number[], margin?: number) => Promise.all(sizes.map((size) => draw(size, margin)));

/** Every icon as it should be, by its file. */
export async function freshIcons(): Promise<Map<string, Buffer>> {
  // Apple's grid leaves a tenth empty around every icon.
  const macos = await all([32, 64, 128, 256, 512, 1024], 100 / 1024);
  const windows = await all([16, 24, 32, 48, 64, 128, 256]);
  const linux = await draw(512);
  return new Map([
    [join(root, 'electron', 'icon.icns'), icns(macos)],
    [join(root, 'electron', 'icon.ico'), ico(windows)],
    [join(root, 'resources', 'icon.png'), linux.png],
  ]);
}

const pngHead = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/** The pictures in one of these files, each from its beginning to the next one's. */
export function picturesIn(file: Buffer): Buffer[] {
  const starts: number[] = [];
  for (let at = file.indexOf(pngHead); at !== -1; at = file.indexOf(pngHead, at + 1)) starts.push(at);
  return starts.map((start, index) => file.subarray(start, starts[index + 1]));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [file, bytes] of await freshIcons()) await writeFile(file, bytes);
}

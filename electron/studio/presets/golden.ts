import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Preset } from '../../../contract/storedPreset.ts';
import { receive } from '../sharing/index.ts';
import { thumbnailName } from './thumbnail.ts';

export interface Golden {
  preset: Preset;
  thumbnail: Uint8Array | null;
}

const ending = '.reelpreset';

/** The presets that come with the studio: ordinary files, read like anybody's. The file's name is the id. */
export async function readGolden(folder: string): Promise<Golden[]> {
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith(ending)).sort(byShelf);
  return Promise.all(names.map((name) => read(join(folder, name))));
}

async function read(file: string): Promise<Golden> {
  const received = await receive(await readFile(file));
  if (received.kind !== 'preset') throw new Error(`${file} is no preset: ${JSON.stringify(received)}`);
  const { document } = received;
  const thumbnail = document.thumbnail === null ? null : Buffer.from(document.thumbnail, 'base64');
  const id = basename(file, ending);
  const preset: Preset = {
    id,
    origin: 'golden',
    createdAt: 0,
    document: { ...document, thumbnail: null },
    thumbnail: thumbnail && thumbnailName(thumbnail),
  };
  return { preset, thumbnail };
}

/** What everybody has comes first, and what works from words; of a model, what it is made for. */
function byShelf(one: string, other: string): number {
  const rank = (name: string) =>
    (name.startsWith('paper-world') ? 0 : 4) + (name.includes('-i2v') ? 2 : 0) + (name.includes('-standard.') ? 0 : 1);
  return rank(one) - rank(other) || (one < other ? -1 : 1);
}

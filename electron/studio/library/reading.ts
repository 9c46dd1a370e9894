import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { ClipRecord } from '../../../contract/clipRecord.ts';
import type { Described } from '../../../contract/exporter.ts';
import type { ForeignSettings } from '../../../contract/received.ts';
import { receiveFile, recordedSettings } from '../sharing/index.ts';
import type { Entry } from './rows.ts';
import { trashFolder } from './trash.ts';

export const isClipFile = (name: string): boolean => /\.(mp4|webm)$/i.test(name) && !name.startsWith('.');

/** More than anybody keeps; a folder that is linked into itself ends here. */
const mostFiles = 200_000;

/** The clips in a folder and those below. Links are not followed, hidden folders not looked into. */
export async function clipFilesIn(folder: string, signal: AbortSignal): Promise<string[]> {
  const found: string[] = [];
  const folders = [folder];
  for (let next = folders.shift(); next !== undefined; next = folders.shift()) {
    signal.throwIfAborted();
    // What may not be read is passed over, but not what was asked for.
    const entries = await readdir(next, { withFileTypes: true }).catch((error: unknown) => {
      if (next === folder) throw error;
      return [];
    });
    for (const entry of entries) {
      if (entry.isDirectory() && !entry.name.startsWith('.')) folders.push(join(next, entry.name));
      else if (entry.isFile() && isClipFile(entry.name)) found.push(join(next, entry.name));
    }
    if (found.length > mostFiles) break;
  }
  return found.sort();
}

/** What lies in the trashes of a folder and those below. */
export async function trashesIn(folder: string): Promise<string[]> {
  const found: string[] = [];
  const folders = [folder];
  for (let next = folders.shift(); next !== undefined; next = folders.shift()) {
    const entries = await readdir(next, { withFileTypes: true }).catch(() => []);
    for (const entry of entries) {
      if (entry.isDirectory() && (entry.name === trashFolder || !entry.name.startsWith('.')))
        folders.push(join(next, entry.name));
      else if (entry.isFile() && isClipFile(entry.name) && basename(next) === trashFolder)
        found.push(join(next, entry.name));
    }
  }
  return found;
}

export async function hashOf(file: string, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file, { signal }), hash);
  return hash.digest('hex');
}

/** `own`: with the studio's record; `told`: with that or another program's settings. */
export type Wanted = 'own' | 'told' | 'every';

/** A file as an entry of the library, by what it carries itself. Null when it is not one of those that are wanted. */
export async function readClip(
  file: string,
  wanted: Wanted,
  describe: (file: string) => Promise<Described>,
  signal: AbortSignal,
): Promise<Entry | null> {
  const info = await lstat(file);
  const place = { file, bytes: info.size, madeAt: Math.round(info.mtimeMs) };
  const received = await receiveFile(file);
  if (received.kind === 'clip') return entryOfRecord(received.record, place);
  // Other people's folders are large: what is not wanted is not decoded first.
  if (wanted === 'own' || (wanted === 'told' && received.kind !== 'foreign')) return null;
  const described = await describe(file);
  if (described.kind === 'unreadable') return null;
  const foreign = received.kind === 'foreign' ? received.settings : null;
  return entryOfVideo(await idOfBytes(file, signal), described, foreign, place);
}

/** For clips that have none of their own. */
export const idOfBytes = async (file: string, signal: AbortSignal): Promise<string> =>
  `f${(await hashOf(file, signal)).slice(0, 24)}`;

interface Place {
  file: string;
  bytes: number;
  madeAt: number;
}

const titleOf = (file: string): string => basename(file, extname(file)).slice(0, 400) || 'clip';

export function entryOfRecord(record: ClipRecord, { file, bytes, madeAt }: Place): Entry {
  const settings = recordedSettings(record);
  return {
    id: record.job,
    createdAt: record.createdAt ?? madeAt,
    file,
    bytes,
    model: record.preset.model,
    settings: { ...settings, prompt: settings.prompt || titleOf(file), image: null },
    unknown: [
      ...(settings.prompt === '' ? (['prompt'] as const) : []),
      ...(record.fromPicture ? (['picture'] as const) : []),
    ],
    maker: null,
    seconds: record.seconds ?? 0,
    phaseSeconds: record.phaseSeconds,
    recoveries: record.recoveries ?? [],
    shortcut: record.shortcut ?? null,
  };
}

export function entryOfVideo(
  id: string,
  video: Extract<Described, { kind: 'video' }>,
  foreign: ForeignSettings | null,
  { file, bytes, madeAt }: Place,
): Entry {
  const { prompt = null, negativePrompt = null, steps = null, guidance = null, seed = null } = foreign ?? {};
  const { width, height, frames, fps } = video;
  const unknown = (
    [
      ['prompt', prompt],
      ['negativePrompt', negativePrompt],
      ['model', null],
      ['steps', steps],
      ['guidance', guidance],
      ['scheduler', null],
      ['seed', seed],
    ] as const
  ).flatMap(([name, value]) => (value === null || value === '' ? [name] : []));
  return {
    ...{ id, createdAt: madeAt, file, bytes, model: '' },
    settings: {
      ...{
        prompt: prompt || titleOf(file),
        negativePrompt: negativePrompt ?? '',
        image: null,
        width,
        height,
        frames,
        fps,
      },
      ...{ steps: steps ?? 1, guidance: guidance ?? 0, scheduler: 'ddim', seed: seed ?? 0 },
    },
    unknown,
    maker: foreign?.maker ?? null,
    ...{ seconds: 0, phaseSeconds: {}, recoveries: [], shortcut: null },
  };
}

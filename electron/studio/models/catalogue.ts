import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, isAbsolute, join, resolve } from 'node:path';
import { ModelManifest } from '../../../contract/model.ts';
import { describeFolder, type Found } from './describe.ts';

export const manifestName = 'reelwright.json';

/** Every model in the given folders, the first folder's first. What cannot be read is listed with the reason. */
export async function listModels(folders: readonly string[]): Promise<Found[]> {
  const found: Found[] = [];
  const seen = new Set<string>();
  for (const folder of folders) {
    for (const entry of await subfolders(folder)) {
      const item = await readModel(join(folder, entry));
      if (item.kind === 'model' && seen.has(item.model.id)) continue;
      if (item.kind === 'model') seen.add(item.model.id);
      found.push(item);
    }
  }
  return found;
}

/** A model by its id, or by the path of its folder. Null when there is none of that name. */
export async function findModel(folders: readonly string[], wanted: string): Promise<Found | null> {
  const found = await listModels(folders);
  const byId = found.find((item) => item.kind === 'model' && item.model.id === wanted);
  if (byId) return byId;
  const looksLikePath = isAbsolute(wanted) || /[\\/]/.test(wanted);
  const folder = resolve(wanted);
  if (looksLikePath && (await isFolder(folder))) return readModel(folder);
  return found.find((item) => item.kind === 'refused' && basename(item.folder) === wanted) ?? null;
}

export async function readModel(folder: string): Promise<Found> {
  const text = await readFile(join(folder, manifestName), 'utf8').catch(() => null);
  if (text === null) return describeFolder(folder);
  const parsed = ModelManifest.safeParse(parseJson(text));
  if (!parsed.success) {
    return {
      kind: 'refused',
      folder,
      sentence: `${join(folder, manifestName)} is not a model description that this Reelwright reads. Remove it or get the model again.`,
    };
  }
  const { version: _, ...manifest } = parsed.data;
  return { kind: 'model', model: { ...manifest, folder, verified: true } };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

async function subfolders(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isDirectory() || entry.isSymbolicLink())
    .map((entry) => entry.name)
    .sort();
}

const isFolder = async (path: string) => (await stat(path).catch(() => null))?.isDirectory() ?? false;

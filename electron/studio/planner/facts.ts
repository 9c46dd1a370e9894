import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { CatalogueModel, type Model, type ModelArchitecture } from '../../../contract/model.ts';
import { architectureOf, parametersOf } from './architecture.ts';

/** What the planner knows of a model. */
export interface ModelFacts {
  id: string;
  name: string;
  task: Model['task'];
  shape: Model['shape'];
  defaults: Model['defaults'];
  architecture: ModelArchitecture;
}

export type Facts =
  | { kind: 'facts'; facts: ModelFacts }
  /** Its description cannot be read, or its files are not of the size that it says. */
  | { kind: 'unreadable' | 'sizes'; file: string };

const components = [
  ['transformer', 'transformer'],
  ['vae', 'vae'],
  ['textEncoder', 'text_encoder'],
] as const;

/** A model that is here, by its own configuration files. */
export async function factsOf(model: Model): Promise<Facts> {
  const { id, name, task, shape, defaults, folder } = model;
  const config = (part: string) => readJson(join(folder, part, 'config.json'));
  const [transformer, vae, textEncoder] = await Promise.all(components.map(([, part]) => config(part)));
  const architecture = architectureOf({ transformer, vae, textEncoder });
  if (architecture === null) return { kind: 'unreadable', file: 'transformer/config.json' };
  const wrong = (await wrongByManifest(model)) ?? (await wrongByArchitecture(folder, architecture));
  if (wrong !== null) return { kind: 'sizes', file: wrong };
  return { kind: 'facts', facts: { id, name, task, shape, defaults, architecture } };
}

/** The first file that is not there, or not of the size that the description says. */
async function wrongByManifest({ folder, files }: Model): Promise<string | null> {
  const sizes = await Promise.all(files.map(({ path }) => sizeOf(join(folder, path))));
  return files.find(({ bytes }, index) => sizes[index] !== bytes)?.path ?? null;
}

/** The first component whose weights cannot be those of its configuration: from one byte a number to four. */
async function wrongByArchitecture(folder: string, architecture: ModelArchitecture): Promise<string | null> {
  const { textEncoder, transformer, vae } = parametersOf(architecture);
  const numbers = { textEncoder: textEncoder.all, transformer: transformer.all, vae: vae.encoder + vae.decoder };
  for (const [component, part] of components) {
    const names = (await readdir(join(folder, part)).catch(() => [])).filter((name) => name.endsWith('.safetensors'));
    const sizes = await Promise.all(names.map((name) => sizeOf(join(folder, part, name))));
    const bytes = sizes.reduce<number>((sum, size) => sum + (size ?? 0), 0);
    const share = bytes / numbers[component];
    // Beside its weights a file has a list of them, and an embedding may stand in it twice.
    if (share < 0.99 || share > 4.5 + 2e6 / numbers[component]) return `${part}/${names[0] ?? '*.safetensors'}`;
  }
  return null;
}

const sizeOf = async (file: string): Promise<number | null> => (await stat(file).catch(() => null))?.size ?? null;

async function readJson(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch {
    return null;
  }
}

/** Every model of the catalogue, present or not. A file that cannot be read is left out. */
export async function readCatalogue(folder: string): Promise<ModelFacts[]> {
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.json')).sort();
  const found = await Promise.all(names.map((name) => readJson(join(folder, name))));
  return found.flatMap((each) => {
    const parsed = CatalogueModel.safeParse(each);
    if (!parsed.success) return [];
    const { id, name, task, shape, defaults, architecture } = parsed.data;
    return [{ id, name, task, shape, defaults, architecture }];
  });
}

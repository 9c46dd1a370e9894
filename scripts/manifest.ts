/** Writes the sizes and SHA-256 sums of a model's files into its reelwright.json: `npm run manifest`, after training. */
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ModelManifest } from '../contract/model.ts';
import { hashFile, manifestName } from '../electron/studio/models/index.ts';

const models = join(dirname(dirname(fileURLToPath(import.meta.url))), 'resources', 'models');

/** The description as it should be for the files that are there. */
export async function freshManifest(folder: string): Promise<string> {
  const written = ModelManifest.parse(JSON.parse(await readFile(join(folder, manifestName), 'utf8')));
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile() && /\.(json|safetensors)$/.test(entry.name) && entry.name !== manifestName)
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .sort();
  const files = await Promise.all(
    paths.map(async (path) => {
      const file = join(folder, path);
      return { path, bytes: (await stat(file)).size, sha256: await hashFile(file) };
    }),
  );
  return `${JSON.stringify({ ...written, files }, null, 2)}\n`;
}

export async function modelFolders(): Promise<string[]> {
  return (await readdir(models)).sort().map((name) => join(models, name));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const folder of await modelFolders()) await writeFile(join(folder, manifestName), await freshManifest(folder));
}

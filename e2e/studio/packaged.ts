/** The studio as it is packed, with its fuses set: built once for what its parts were built from. */
import { createHash } from 'node:crypto';
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build, type Configuration } from 'electron-builder';
import { ensureBuilt, page } from '../../bootstrap/build.mjs';
import { alone } from '../../bootstrap/lock.mjs';
import { packedProgram, packing, setFuses } from '../../electron/builder.mjs';
import { root } from '../cli.ts';
import { buildMain, testElectron } from './electron/testElectron.ts';

const out = join(root, 'build', 'packaged');
const marker = join(out, 'packed-from');

/** What goes into it beside the bundles, and says what does. */
const beside = [
  ...['resources', 'python-sidecar/reelwright_sidecar', 'python-sidecar/requirements', 'python-sidecar/pyproject.toml'],
  ...['electron/builder.mjs', 'electron/icon.icns', 'electron/icon.ico', 'package-lock.json', 'LICENSE'],
];

/** The program's path. Two specs may ask at once: one packs, the other waits. */
export const packagedStudio = (): Promise<string> => alone(join(root, 'build', 'packaged.lock'), () => {}, pack);

async function pack(): Promise<string> {
  const electron = await testElectron();
  const main = await buildMain(electron);
  await ensureBuilt(root, [page], console.error);
  const folder = join(main, '..');
  const name = electron.old ? 'main-old' : 'main';
  const bundles = ['renderer', name].map((each) => readFileSync(join(root, 'dist', `${each}.built`), 'utf8'));
  const from = [...bundles, hashOf(beside)].join(' ');
  const program = packedProgram(out);
  if (existsSync(program) && existsSync(marker) && readFileSync(marker, 'utf8') === from) return program;
  rmSync(out, { recursive: true, force: true });
  if (electron.old) {
    for (const name of ['fillElectron.cjs', 'fillNode.cjs'])
      cpSync(join(import.meta.dirname, 'electron', name), join(folder, name));
    writeFileSync(join(folder, 'entry.cjs'), "require('./fillElectron.cjs');\nrequire('./main.cjs');\n");
  }
  console.error('Packing the studio (half a minute, once)');
  await build({
    projectDir: root,
    dir: true,
    publish: 'never',
    config: {
      ...packing({ main: name }),
      directories: { output: out },
      ...(electron.old ? oldElectron(electron.folder) : {}),
    },
  });
  await setFuses(program);
  writeFileSync(marker, from);
  return program;
}

/** Of the files' names and what is in them. */
function hashOf(sources: readonly string[]): string {
  const hash = createHash('sha256');
  for (const source of sources) {
    const place = join(root, source);
    const inside = statSync(place).isDirectory()
      ? readdirSync(place, { recursive: true, encoding: 'utf8' }).sort()
      : [''];
    for (const file of inside.filter((each) => !each.includes('__pycache__'))) {
      const path = join(place, file);
      if (statSync(path).isFile()) hash.update(`${source}/${file}\0`).update(readFileSync(path));
    }
  }
  return hash.digest('hex');
}

/** Without the app that stands in for Electron's own; and what it lacks is brought before ours begins. */
function oldElectron(folder: string): Configuration {
  const copy = join(out, 'electron');
  cpSync(folder, copy, { recursive: true });
  rmSync(join(copy, 'resources', 'app'), { recursive: true, force: true });
  const { asarUnpack } = packing({ main: 'main-old' });
  return {
    electronDist: copy,
    electronVersion: '22.3.25',
    extraMetadata: { main: 'dist/main-old/entry.cjs' },
    // Its thread reads it from the disk.
    asarUnpack: [...[asarUnpack ?? []].flat(), 'dist/main-old/fillNode.cjs'],
  };
}

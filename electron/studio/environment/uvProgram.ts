import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { renameWhenLet } from '../storage/rename.ts';
import { explain } from './failure.ts';
import { CannotSetUp } from './outcome.ts';
import { runProgram } from './program.ts';
import type { Python } from './python.ts';
import { searchPath } from './searchPath.ts';
import { cleanEnvironment, log, type Workshop } from './workshop.ts';

const oldest = [0, 8, 0] as const;
const windows = process.platform === 'win32';

/** A new enough uv on PATH, else the pinned one, fetched with the pip of a Python into the environment's folder. */
export async function findUv(shop: Workshop, python: Python | null): Promise<string> {
  const lock = join(shop.sidecar, 'requirements', 'uv.lock');
  const pinned = /^uv==(\S+)/m.exec(readFileSync(lock, 'utf8'))?.[1];
  if (pinned === undefined) throw new Error(`${lock} does not name uv.`);
  const own = join(shop.folder, `uv-${pinned}`);
  for (const candidate of [...programsIn(own), ...onPath(shop.env)]) {
    if (await isNewEnough(candidate, shop)) return candidate;
  }
  if (python === null) throw new CannotSetUp('installer-missing', 'No package installer was found.', 'Install uv.');
  shop.report({ phase: 'installer', sentence: 'Getting the package installer', expectedSeconds: 10 });
  await download(shop, await findPip(shop, python), lock, own);
  for (const candidate of programsIn(own)) if (await isNewEnough(candidate, shop)) return candidate;
  const sentence = 'The package installer does not run on this computer.';
  throw new CannotSetUp('installer-missing', sentence, 'Install uv yourself and start again.');
}

async function isNewEnough(uv: string, { env, signal }: Workshop): Promise<boolean> {
  const { code, stdout } = await runProgram(uv, ['--version'], { env, signal, timeout: 10_000 });
  const version = /^uv (\d+)\.(\d+)\.(\d+)/.exec(stdout)?.slice(1).map(Number);
  if (code !== 0 || version === undefined) return false;
  const differing = oldest.findIndex((part, index) => version[index] !== part);
  return differing === -1 || (version[differing] ?? 0) > (oldest[differing] ?? 0);
}

async function download(shop: Workshop, pip: string, lock: string, own: string): Promise<void> {
  const unfinished = `${own}.new`;
  rmSync(unfinished, { recursive: true, force: true });
  const wanted = ['--require-hashes', '--no-deps', '--only-binary', ':all:', '--target', unfinished, '-r', lock];
  const quietly = ['--disable-pip-version-check', '--no-input', '--retries', '2'];
  const env = { ...cleanEnvironment(shop.env), PIP_REQUIRE_VIRTUALENV: undefined, PIP_USER: undefined };
  const { code, all } = await runProgram(pip, ['-m', 'pip', 'install', ...quietly, ...wanted], {
    env,
    signal: shop.signal,
  });
  log(shop, all);
  if (code !== 0) {
    rmSync(unfinished, { recursive: true, force: true });
    throw explain(shop, all);
  }
  rmSync(own, { recursive: true, force: true, maxRetries: 3 });
  await renameWhenLet(unfinished, own);
}

/** The Python whose pip works: itself, else a small environment with a pip of its own. */
async function findPip(shop: Workshop, python: Python): Promise<string> {
  const env = cleanEnvironment(shop.env);
  const hasPip = async (executable: string) =>
    existsSync(executable) &&
    (await runProgram(executable, ['-m', 'pip', '--version'], { env, signal: shop.signal })).code === 0;
  if (await hasPip(python.executable)) return python.executable;

  const small = join(shop.folder, 'pip');
  const itsPython = windows ? join(small, 'Scripts', 'python.exe') : join(small, 'bin', 'python');
  if (await hasPip(itsPython)) return itsPython;
  rmSync(small, { recursive: true, force: true });
  log(shop, (await runProgram(python.executable, ['-m', 'venv', small], { env, signal: shop.signal })).all);
  if (await hasPip(itsPython)) return itsPython;
  rmSync(small, { recursive: true, force: true });
  const action =
    process.platform === 'linux'
      ? 'Install it, for example with "sudo apt install python3-pip", and start again.'
      : 'Install Python 3.12 with its usual parts, or uv, and start again.';
  throw new CannotSetUp('installer-missing', `${python.executable} comes without pip, its package installer.`, action);
}

function programsIn(folder: string): string[] {
  const names = windows ? ['bin/uv.exe', 'Scripts/uv.exe'] : ['bin/uv'];
  return names.map((name) => join(folder, name)).filter((file) => existsSync(file));
}

function onPath(env: NodeJS.ProcessEnv): string[] {
  return searchPath(env)
    .map((folder) => join(folder, windows ? 'uv.exe' : 'uv'))
    .filter((file) => existsSync(file));
}

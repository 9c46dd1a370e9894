import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { diskFull } from './failure.ts';
import { fetchPython } from './fetchPython.ts';
import { interpreter, virtualEnvironment } from './marker.ts';
import { CannotSetUp, type Device } from './outcome.ts';
import { platformProblem, thisPlatform } from './platform.ts';
import { type Damage, findDamage, type Proof, prove } from './proof.ts';
import { ask, choosePython, findPythons, fits, isFromStore, noPython, type Python } from './python.ts';
import { type Lock, type PythonRange, pythonRange } from './requirements.ts';
import { fitTorch } from './torch.ts';
import { openUv, type Uv } from './uv.ts';
import { logFile, type Workshop } from './workshop.ts';

export interface Installed {
  python: Python;
  torch: string | null;
  device: Device;
}

/** Brings the environment to its lock, from whatever state it is in, and proves that it works. */
export async function install(shop: Workshop, lock: Lock, thorough: boolean): Promise<Installed> {
  const problem = platformProblem(thisPlatform());
  if (problem !== null) throw problem;
  mkdirSync(shop.folder, { recursive: true });
  const range = pythonRange(lock);
  const kept = await keptPython(shop, range);
  const python = kept ?? (await choose(shop, range));
  checkSpace(shop);
  const uv = await openUv(shop, python);

  const proof = (kept === null ? null : await mend(shop, uv, lock, thorough)) ?? (await build(shop, uv, lock, python));
  if (proof === null) {
    const action = `Start again; if it happens twice, report the end of ${logFile(shop.folder)}.`;
    throw new CannotSetUp('proof-failed', 'The engine was installed but does not run on this computer.', action);
  }
  return { python, ...proof };
}

/** Goes on with what is there. Null when it does not work afterwards: then its records hide the damage. */
async function mend(shop: Workshop, uv: Uv, lock: Lock, thorough: boolean): Promise<Proof | null> {
  const damage = await findDamage(shop, thorough);
  // A changed file may be one and the same file in the cache: that has to be fetched again.
  if (damage.changed.length > 0) await uv.run(['cache', 'clean', ...damage.changed]);
  return installPackages(shop, uv, lock, damage);
}

async function build(shop: Workshop, uv: Uv, lock: Lock, python: Python): Promise<Proof | null> {
  const venv = virtualEnvironment(shop.folder);
  rmSync(venv, { recursive: true, force: true, maxRetries: 3 });
  await uv.run(['venv', '--no-project', '--python', python.executable, venv]);
  return installPackages(shop, uv, lock, { missing: [], changed: [] });
}

async function installPackages(shop: Workshop, uv: Uv, lock: Lock, damage: Damage): Promise<Proof | null> {
  const again = [...damage.missing, ...damage.changed].flatMap((name) => ['--reinstall-package', name]);
  const stop = watchProgress(shop);
  try {
    await sync(shop, uv, [...again, lock.file]);
  } finally {
    stop();
  }
  const reason = shop.recipe.hasTorch ? await fitTorch(shop, uv) : null;
  const proof = await prove(shop);
  if (proof?.device.kind === 'cpu' && proof.device.reason === null) proof.device.reason = reason;
  return proof;
}

async function sync(shop: Workshop, uv: Uv, what: string[]): Promise<void> {
  const strictly = ['--require-hashes', '--no-build', '--python', interpreter(shop.folder)];
  const command = ['pip', 'sync', ...strictly, ...what];
  try {
    await uv.run(command);
  } catch (error) {
    // Everything may have been downloaded before: then the network is not needed.
    if (!(error instanceof CannotSetUp) || error.result.cause !== 'network') throw error;
    if (!(await uv.attempt([...command, '--offline']))) throw error;
  }
}

/** The disk tells how far it is; uv's own words are for people and change. */
function watchProgress(shop: Workshop): () => void {
  const { bytes, freeBytes } = shop.recipe;
  const before = freeBytes(shop.folder);
  const started = performance.now();
  const tell = () => {
    const doneBytes = Math.min(Math.max(before - freeBytes(shop.folder), 0), bytes);
    const seconds = (performance.now() - started) / 1000;
    // The first seconds say little about a connection.
    const left = seconds < 3 || doneBytes === 0 ? bytes / usualSpeed : ((bytes - doneBytes) * seconds) / doneBytes;
    const sentence = 'Getting the Python packages';
    shop.report({ phase: 'packages', sentence, expectedSeconds: Math.ceil(left), doneBytes, totalBytes: bytes });
  };
  tell();
  const timer = setInterval(tell, 1000);
  return () => clearInterval(timer);
}

/** Bytes a second on disk, over a household's connection. */
const usualSpeed = 30e6;

/** The Python of an environment that is already there, if its packages can stay. */
async function keptPython(shop: Workshop, range: PythonRange): Promise<Python | null> {
  const own = interpreter(shop.folder);
  const python = existsSync(own) ? await ask(own, [], shop.env, shop.signal) : null;
  if (python === null || !fits(python, range)) return null;
  const [major, minor] = python.version;
  // After an upgrade of the system's Python the interpreter answers, but looks into another folder.
  const home = join(virtualEnvironment(shop.folder), 'lib', `python${major}.${minor}`);
  return process.platform === 'win32' || existsSync(home) ? python : null;
}

async function choose(shop: Workshop, range: PythonRange): Promise<Python> {
  shop.report({ phase: 'python', sentence: 'Looking for Python', expectedSeconds: 1 });
  const found = await findPythons(shop.env, range, shop.signal);
  const chosen = choosePython(found, range);
  // What the Store's pip fetches would not be found.
  const helper = found.find((each) => !isFromStore(each)) ?? null;
  const python = chosen ?? (await fetchPython(shop, helper, range));
  if (python === null) throw noPython(found, range, process.platform);
  return python;
}

/** What an earlier, interrupted set-up left is counted as space that is already there. */
function checkSpace(shop: Workshop): void {
  const { freeBytes, needed } = shop.recipe;
  const free = freeBytes(shop.folder);
  const begun = existsSync(join(shop.folder, 'cache'));
  if (free < needed && !begun) throw diskFull(shop, free);
}

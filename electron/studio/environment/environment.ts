import { statfsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeFolder } from '../storage/folder.ts';
import * as marker from './marker.ts';
import { CannotSetUp, type EnvironmentResult, type Extras, type Report } from './outcome.ts';
import { readLock } from './requirements.ts';
import type { Recipe } from './workshop.ts';

export interface EnvironmentOptions {
  /** Where the environment lies, or will. */
  folder: string;
  /** The python-sidecar folder, with its requirements. */
  sidecar: string;
  extras: Extras;
  onProgress: Report;
  signal?: AbortSignal;
}

/** What tests replace. */
export interface Surroundings {
  env: NodeJS.ProcessEnv;
  recipe: Recipe;
}

function surroundings(): Surroundings {
  const probe = join(import.meta.dirname, 'probe.py');
  const freeBytes = (folder: string) => {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  };
  return { env: process.env, recipe: { bytes: 5.6 * 2 ** 30, needed: 6 * 2 ** 30, probe, hasTorch: true, freeBytes } };
}

/** The Python environment, set up when it is missing, older than its lock, or visibly damaged. */
export function ensureEnvironment(options: EnvironmentOptions, around = surroundings()): Promise<EnvironmentResult> {
  return setUp(options, around, 'trust');
}

/** For when the worker cannot import what it needs: reads every file and installs again what is damaged. */
export function repairEnvironment(options: EnvironmentOptions, around = surroundings()): Promise<EnvironmentResult> {
  return setUp(options, around, 'doubt');
}

async function setUp(
  options: EnvironmentOptions,
  around: Surroundings,
  attitude: 'trust' | 'doubt',
): Promise<EnvironmentResult> {
  const { folder, sidecar, extras } = options;
  const current = () => {
    const found = marker.readMarker(folder);
    return found !== null && marker.stillGood(folder, found, extras, readLock(sidecar, extras).hash) ? found : null;
  };
  const before = current();
  if (before !== null && attitude === 'trust') return ready(folder, before, true);
  try {
    return await alone(options, async () => {
      // Another set-up may have finished, or mended the same damage, while we waited.
      const meanwhile = current();
      if (meanwhile !== null && (attitude === 'trust' || meanwhile.created !== before?.created))
        return ready(folder, meanwhile, true);
      return ready(folder, await work(options, around, attitude === 'doubt'), false);
    });
  } catch (error) {
    if (error instanceof CannotSetUp) return error.result;
    throw error;
  }
}

async function work(
  options: EnvironmentOptions,
  { env, recipe }: Surroundings,
  thorough: boolean,
): Promise<marker.Marker> {
  const { folder, sidecar, onProgress, signal } = options;
  const { install } = await import('./install.ts');
  // Development packages stay once they are there: what runs the studio is a part of them.
  const hadDevelopment = marker.lastMarker(folder)?.locks.development != null;
  const extras: Extras = options.extras === 'development' || hadDevelopment ? 'development' : 'runtime';
  await marker.setMarkerAside(folder);
  const shop = { folder, sidecar, env, recipe, report: onProgress, signal };
  const { python, torch, device } = await install(shop, readLock(sidecar, extras), thorough);
  const written: marker.Marker = {
    format: 1,
    platform: marker.platformName,
    locks: {
      runtime: readLock(sidecar, 'runtime').hash,
      development: extras === 'development' ? readLock(sidecar, 'development').hash : null,
    },
    python: { version: python.version.join('.'), base: marker.baseInterpreter(folder) },
    torch,
    device,
    packages: marker.listPackages(folder),
    created: new Date().toISOString(),
  };
  await marker.writeMarker(folder, written);
  return written;
}

/** One set-up a folder at a time. The system lets go of the lock however its holder ends. */
async function alone<T>({ folder, onProgress, signal }: EnvironmentOptions, task: () => Promise<T>): Promise<T> {
  const [{ lockEngine }, { notWritable }] = await Promise.all([
    import('../storage/engineLock.ts'),
    import('./failure.ts'),
  ]);
  try {
    makeFolder(folder);
  } catch {
    throw notWritable(folder);
  }
  const file = join(folder, 'set-up.lock');
  let lock = lockEngine(file);
  if (lock.kind === 'busy') onProgress({ phase: 'waiting', sentence: 'Another set-up is running. Waiting for it' });
  while (lock.kind === 'busy') {
    await sleep(300, undefined, signal ? { signal } : {});
    lock = lockEngine(file);
  }
  try {
    return await task();
  } finally {
    lock.release();
  }
}

function ready(folder: string, found: marker.Marker, reused: boolean): EnvironmentResult {
  const { python, torch, device } = found;
  return {
    kind: 'ready',
    python: marker.interpreter(folder),
    pythonVersion: python.version,
    torchVersion: torch,
    device,
    reused,
  };
}

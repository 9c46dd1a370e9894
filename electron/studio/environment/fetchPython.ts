import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { CannotSetUp } from './outcome.ts';
import { runProgram } from './program.ts';
import { ask, fits, type Python } from './python.ts';
import type { PythonRange } from './requirements.ts';
import { findUv } from './uvProgram.ts';
import { cleanEnvironment, log, type Workshop } from './workshop.ts';

const version = '3.12';

/**
 * A system whose Python is too old or too new (Ubuntu 22.04 has 3.10) can still get uv, and uv brings a Python of its
 * own. It comes from outside the package index, so it may be out of reach: then null, and the person is told.
 */
export async function fetchPython(shop: Workshop, helper: Python | null, range: PythonRange): Promise<Python | null> {
  const uv = await findUv(shop, helper).catch((error: unknown) => {
    if (error instanceof CannotSetUp) return null;
    throw error;
  });
  if (uv === null) return null;
  shop.report({ phase: 'python', sentence: `Getting Python ${version}`, expectedSeconds: 30 });
  const place = join(shop.folder, 'base');
  const env = cleanEnvironment({ ...shop.env, UV_PYTHON_INSTALL_DIR: place, UV_CACHE_DIR: join(shop.folder, 'cache') });
  const args = ['python', 'install', '--no-bin', '--no-registry', version];
  log(shop, (await runProgram(uv, args, { env, cwd: shop.folder, signal: shop.signal, timeout: 300_000 })).all);
  for (const name of existsSync(place) ? readdirSync(place) : []) {
    const file = process.platform === 'win32' ? join(place, name, 'python.exe') : join(place, name, 'bin', 'python3');
    const python = existsSync(file) ? await ask(file, [], shop.env, shop.signal) : null;
    if (python !== null && fits(python, range)) return python;
  }
  return null;
}

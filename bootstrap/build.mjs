// What the hosts need built: the page, and the desktop's main process. Built anew when their sources have changed.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { alone } from './lock.mjs';

/** @typedef {'renderer' | 'main'} Part */

/** @type {Record<Part, { what: string, from: string[], config: string, proof: string }>} */
const parts = {
  renderer: {
    what: 'the page',
    from: ['renderer', 'contract', 'package-lock.json'],
    config: 'renderer/vite.config.ts',
    proof: 'index.html',
  },
  main: {
    what: 'the desktop window',
    from: ['electron', 'contract', 'package-lock.json'],
    config: 'electron/vite.config.ts',
    proof: 'main.cjs',
  },
};

/** A build that failed: what the sources lack, in the builder's words. */
export class BuildError extends Error {}

/**
 * @param {string} root
 * @param {Part[]} names
 * @param {(line: string) => void} say
 */
export async function ensureBuilt(root, names, say) {
  for (const name of names) {
    if (isBuilt(root, name)) continue;
    const waiting = () => say('Another start is building in this folder. Waiting for it.');
    await alone(join(root, 'build', `build-${name}.lock`), waiting, async () => {
      if (!isBuilt(root, name)) await build(root, name, say);
    });
  }
}

/** @param {string} root @param {Part} name @param {(line: string) => void} say */
async function build(root, name, say) {
  const { what, config } = parts[name];
  say(`Building ${what} (a few seconds, once)`);
  const hash = hashOf(root, name);
  rmSync(markerOf(root, name), { force: true });
  const vite = await import('vite');
  try {
    await vite.build({ configFile: join(root, config), logLevel: 'error' });
  } catch (error) {
    throw new BuildError(`Building ${what} failed: ${error instanceof Error ? error.message : error}`);
  }
  mkdirSync(join(root, 'dist'), { recursive: true });
  writeFileSync(`${markerOf(root, name)}.new`, hash);
  renameSync(`${markerOf(root, name)}.new`, markerOf(root, name));
}

/** @param {string} root @param {Part} name */
function isBuilt(root, name) {
  if (!existsSync(join(root, 'dist', name, parts[name].proof)) || !existsSync(markerOf(root, name))) return false;
  return readFileSync(markerOf(root, name), 'utf8') === hashOf(root, name);
}

/** Beside the outcome, not in it. @param {string} root @param {Part} name */
const markerOf = (root, name) => join(root, 'dist', `${name}.built`);

/** Of the sources' names and what is in them. @param {string} root @param {Part} name */
function hashOf(root, name) {
  const hash = createHash('sha256');
  for (const file of parts[name].from.flatMap((source) => filesIn(root, source))) {
    hash
      .update(`${file}\0`)
      .update(readFileSync(join(root, file)))
      .update('\0');
  }
  return hash.digest('hex');
}

/** @param {string} root @param {string} source @returns {string[]} */
function filesIn(root, source) {
  if (source.includes('.')) return [source];
  const entries = readdirSync(join(root, source), { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && !/\.(test\.tsx?|py|pyc)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .sort();
}

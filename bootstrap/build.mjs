// What the hosts need built: the page, and the desktop's main process. Built anew when their sources have changed.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { renameWhenLet } from '../electron/studio/storage/rename.ts';
import { alone } from './lock.mjs';

/**
 * @typedef {object} Part
 * @property {string} name its folder in `dist`
 * @property {string} what
 * @property {string[]} from its sources
 * @property {string} config
 * @property {string[]} modes one build each
 * @property {string} proof a file of the outcome
 * @property {string} [target] another engine than the configuration's
 */

/** @type {Part} */
export const page = {
  name: 'renderer',
  what: 'the page',
  from: ['renderer', 'contract', 'package-lock.json'],
  config: 'renderer/vite.config.ts',
  modes: ['production'],
  proof: 'index.html',
};

/** @type {Part} */
export const main = {
  name: 'main',
  what: 'the desktop window',
  from: ['electron', 'contract', 'package-lock.json'],
  config: 'electron/vite.config.ts',
  modes: ['main', 'preload', 'telemetryWorker'],
  proof: 'main.cjs',
};

/** A build that failed: what the sources lack, in the builder's words. */
export class BuildError extends Error {}

/**
 * @param {string} root
 * @param {Part[]} parts
 * @param {(line: string) => void} say
 */
export async function ensureBuilt(root, parts, say) {
  for (const part of parts) {
    if (isBuilt(root, part)) continue;
    const waiting = () => say('Another start is building in this folder. Waiting for it.');
    await alone(join(root, 'build', `build-${part.name}.lock`), waiting, async () => {
      if (!isBuilt(root, part)) await build(root, part, say);
    });
  }
}

/** @param {string} root @param {Part} part @param {(line: string) => void} say */
async function build(root, part, say) {
  say(`Building ${part.what} (a few seconds, once)`);
  const hash = hashOf(root, part);
  const marker = markerOf(root, part);
  const fresh = join(root, 'dist', `${part.name}.new`);
  rmSync(fresh, { recursive: true, force: true });
  try {
    for (const mode of part.modes) await (await import('vite')).build(buildOptions(root, part, mode, fresh));
  } catch (error) {
    throw new BuildError(`Building ${part.what} failed: ${error instanceof Error ? error.message : error}`);
  }
  rmSync(marker, { force: true });
  await exchange(fresh, join(root, 'dist', part.name));
  writeFileSync(`${marker}.new`, hash);
  await renameWhenLet(`${marker}.new`, marker);
}

/** A studio that runs finds the old files or the new ones, never half of them. @param {string} fresh @param {string} place */
async function exchange(fresh, place) {
  const outgoing = `${place}.old`;
  rmSync(outgoing, { recursive: true, force: true, maxRetries: 3 });
  if (existsSync(place)) await renameWhenLet(place, outgoing);
  await renameWhenLet(fresh, place);
  rmSync(outgoing, { recursive: true, force: true, maxRetries: 3 });
}

/**
 * @param {string} root
 * @param {Part} part
 * @param {string} mode
 * @param {string} outDir
 * @returns {import('vite').InlineConfig}
 */
export function buildOptions(root, { config, target }, mode, outDir) {
  const build = target === undefined ? { outDir } : { outDir, target };
  return { configFile: join(root, config), mode, logLevel: 'error', build };
}

/** @param {string} root @param {Part} part */
function isBuilt(root, part) {
  const marker = markerOf(root, part);
  if (!existsSync(join(root, 'dist', part.name, part.proof)) || !existsSync(marker)) return false;
  return readFileSync(marker, 'utf8') === hashOf(root, part);
}

/** Beside the outcome, not in it. @param {string} root @param {Part} part */
const markerOf = (root, part) => join(root, 'dist', `${part.name}.built`);

/** Of the sources' names and what is in them. @param {string} root @param {Part} part */
function hashOf(root, part) {
  const hash = createHash('sha256');
  for (const file of part.from.flatMap((source) => filesIn(root, source))) {
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
    .filter((entry) => entry.isFile() && !/\.(test\.tsx?|pyc)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .sort();
}

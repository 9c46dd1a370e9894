// Brings node_modules to what package-lock.json says, once, and knows when nothing has to be done.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { alone } from './lock.mjs';
import { isPinnedHere, isRunningIn, oldestSystemNode, pinnedNode } from './pinned-node.mjs';

/** A set-up that cannot go on: what happened, and what to do about it. */
export class SetUpError extends Error {
  /** @param {string} cause @param {string} sentence @param {string} action */
  constructor(cause, sentence, action) {
    super(`${sentence} ${action}`);
    this.cause = cause;
  }
}

/** The marker is written after a complete install and removed before anything is changed. */
const marker = '.reelwright.json';
/** npm's own record, also written last. */
const npmRecord = '.package-lock.json';

/**
 * @param {string} root
 * @param {(line: string) => void} say
 */
export async function ensurePackages(root, say) {
  if (isReady(root)) return;
  const waiting = () => say('Another set-up is running in this folder. Waiting for it.');
  await alone(join(root, 'build', 'set-up.lock'), waiting, async () => {
    if (isReady(root)) return;
    if (isInstalledByNpm(root)) return writeMarker(root);
    await install(root, say);
  });
}

/** Makes the next start install again; for when a package turns out to be damaged. @param {string} root */
export function distrustPackages(root) {
  for (const file of [marker, npmRecord]) rmSync(join(root, 'node_modules', file), { force: true });
}

/** @param {string} root */
function isReady(root) {
  const found = readJson(join(root, 'node_modules', marker));
  return found?.lock === lockHash(root) && Array.isArray(found.folders) && foldersExist(root, found.folders);
}

/** True after a developer's own `npm install`: its record agrees with the lock. @param {string} root */
function isInstalledByNpm(root) {
  const installed = readJson(join(root, 'node_modules', npmRecord))?.packages;
  const locked = readJson(join(root, 'package-lock.json'))?.packages;
  if (!installed || !locked) return false;
  const agrees = Object.entries(locked).every(
    ([folder, entry]) =>
      folder === '' || (installed[folder] ? installed[folder].integrity === entry.integrity : entry.optional === true),
  );
  return agrees && foldersExist(root, Object.keys(installed)) && nodeIsThere(root);
}

/** @param {string} root @param {(line: string) => void} say */
async function install(root, say) {
  say('Setting up: Node packages (about 30 s, once)');
  const started = Date.now();
  mkdirSync(join(root, 'node_modules'), { recursive: true });
  distrustPackages(root);
  stepAside(root);
  const stopCounting = countAloud(root, started);
  const result = await npm(root, ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']).finally(
    stopCounting,
  );
  if (result.code !== 0) throw explain(result.output);
  if (!nodeIsThere(root)) {
    throw new SetUpError(
      'network',
      'Node itself was not downloaded completely.',
      'Check the connection and start again.',
    );
  }
  writeMarker(root);
  say(`Node packages are ready (${Math.round((Date.now() - started) / 1000)} s).`);
}

/**
 * npm is silent to whoever is no terminal: what has come is counted in a line of its own until the end.
 * @param {string} root
 * @param {number} started
 * @returns {() => void}
 */
function countAloud(root, started) {
  const { stderr } = process;
  if (!stderr.isTTY) return () => {};
  const due = packagesDue(root);
  const show = () => {
    const count = arrived(root, due, started);
    const what = count === 0 ? 'Looking them up' : `${count} of at most ${due.length} packages`;
    stderr.write(`\r\x1b[K${what}, ${Math.round((Date.now() - started) / 1000)} s`);
  };
  show();
  const timer = setInterval(show, 500);
  return () => {
    clearInterval(timer);
    stderr.write('\r\x1b[K');
  };
}

/** The folders of what this computer may get: npm leaves out some that nobody needs. @param {string} root */
export function packagesDue(root) {
  const locked = Object.entries(readJson(join(root, 'package-lock.json'))?.packages ?? {});
  return locked
    .filter(([folder, { os, cpu }]) => folder !== '' && isFor(os, process.platform) && isFor(cpu, process.arch))
    .map(([folder]) => folder);
}

/** As a package says it: those it is for, or with "!" those it is not for. @param {unknown} named @param {string} ours */
function isFor(named, ours) {
  if (named === undefined) return true;
  const all = [named].flat();
  return all.includes(ours) || all.every((each) => String(each).startsWith('!') && each !== `!${ours}`);
}

/** How many of them were laid down since. @param {string} root @param {string[]} folders @param {number} since */
export function arrived(root, folders, since) {
  const cameTo = (/** @type {string} */ folder) =>
    statSync(join(root, folder, 'package.json'), { throwIfNoEntry: false })?.ctimeMs ?? 0;
  return folders.filter((folder) => cameTo(folder) >= since).length;
}

/** npm leaves out an optional package that it could not fetch without a word. @param {string} root */
function nodeIsThere(root) {
  return !isPinnedHere() || pinnedNode(root) !== undefined;
}

/** @param {string} root */
function writeMarker(root) {
  const folders = Object.keys(readJson(join(root, 'node_modules', npmRecord))?.packages ?? {});
  const file = join(root, 'node_modules', marker);
  writeFileSync(`${file}.new`, JSON.stringify({ lock: lockHash(root), folders }));
  renameSync(`${file}.new`, file);
}

/** @param {string} root @param {string[]} folders */
function foldersExist(root, folders) {
  return folders.every((folder) => existsSync(join(root, folder, 'package.json')));
}

/** Windows does not delete a running program, but it renames one. @param {string} root */
function stepAside(root) {
  if (process.platform !== 'win32') return;
  const aside = join(root, 'build', 'outgoing');
  try {
    rmSync(aside, { recursive: true, force: true });
  } catch {
    // The one of another start that still runs.
  }
  const node = pinnedNode(root);
  if (node === undefined || !isRunningIn(node)) return;
  mkdirSync(aside, { recursive: true });
  renameSync(node, join(aside, `node-${process.pid}.exe`));
}

/**
 * @param {string} root
 * @param {string[]} args
 * @returns {Promise<{ code: number | null, output: string }>}
 */
function npm(root, args) {
  const script = npmScript();
  const node = process.env.npm_node_execpath ?? process.execPath;
  const [command, all] = script ? [node, [script, ...args]] : ['npm', args];
  // Without a script to run, npm is `npm.cmd` on Windows, which only a shell can start; the arguments are ours.
  const shell = script === undefined && process.platform === 'win32';
  return new Promise((resolve, reject) => {
    const child = spawn(command, all, { cwd: root, shell, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
    child.once('error', () => reject(missingNpm()));
    child.once('close', (code) => resolve({ code, output }));
  });
}

/** The npm that started us, else the one that came with this Node, else (undefined) the one on PATH. */
function npmScript() {
  const running = process.env.npm_execpath;
  if (running?.endsWith('npm-cli.js')) return running;
  const beside = dirname(process.execPath);
  const script = join('node_modules', 'npm', 'bin', 'npm-cli.js');
  const places = [join(beside, script), join(beside, '..', 'lib', script)];
  const onPath = (process.env.PATH ?? '').split(delimiter).some((folder) => existsSync(join(folder, npmProgram)));
  const found = places.find((place) => existsSync(place));
  if (found === undefined && !onPath) throw missingNpm();
  return found;
}

const npmProgram = process.platform === 'win32' ? 'npm.cmd' : 'npm';

function missingNpm() {
  const action = `Install Node ${oldestSystemNode} or newer, which brings npm, and start again.`;
  return new SetUpError('npm-missing', 'npm was not found.', action);
}

/**
 * npm names the reason in a line of its own: "npm error code EAI_AGAIN".
 * @param {string} output
 * @param {NodeJS.Platform} [platform]
 */
export function explain(output, platform = process.platform) {
  const code = /^npm (?:error|ERR!) code (\S+)/m.exec(output)?.[1] ?? 'unknown';
  if (
    /^(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|ERR_SOCKET_TIMEOUT|ENOTCACHED|E5\d\d)$/.test(
      code,
    )
  ) {
    const action = 'Connect to the internet and start again: what has been downloaded is kept.';
    return new SetUpError('network', 'The Node packages could not be downloaded.', action);
  }
  if (code === 'ENOSPC') {
    return new SetUpError('disk-full', 'The disk is full.', 'Free about 1 GB for the Node packages and start again.');
  }
  // Windows neither deletes nor replaces what a program has loaded, and says so with these.
  if (platform === 'win32' && (code === 'EBUSY' || code === 'EPERM')) {
    const action =
      'Close every Reelwright that was started from it, or put it into a folder of yours, and start again.';
    return new SetUpError('not-writable', 'The program folder is in use, or cannot be written to.', action);
  }
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') {
    return new SetUpError(
      'not-writable',
      'The program folder cannot be written to.',
      'Put it into a folder of yours and start again.',
    );
  }
  const detail = output.trim().split('\n').slice(-12).join('\n');
  return new SetUpError(
    'npm',
    `npm stopped with "${code}".`,
    `Start again; if it happens twice, report this:\n${detail}`,
  );
}

/** @param {string} root */
function lockHash(root) {
  return createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
}

/** @param {string} file */
function readJson(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

// Where Electron's program lies, and how it comes there: its package brings a downloader, not the program.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const patienceMs = 5 * 60_000;

/** @typedef {{ kind: 'found', program: string } | { kind: 'missing', why: string }} Electron */

/**
 * Another build of Electron may be named, as its own tools do.
 * @param {string} root
 * @returns {string | undefined}
 */
export function installedElectron(root) {
  const folder = join(root, 'node_modules', 'electron');
  const named = process.env.ELECTRON_OVERRIDE_DIST_PATH;
  const recorded = join(folder, 'path.txt');
  const inside = existsSync(recorded) ? readFileSync(recorded, 'utf8') : usualName();
  const program = join(named ?? join(folder, 'dist'), inside);
  // Written last by the downloader: without it the program is not whole.
  const whole = named !== undefined || existsSync(recorded);
  return whole && existsSync(program) ? program : undefined;
}

function usualName() {
  if (process.platform === 'win32') return 'electron.exe';
  return process.platform === 'darwin' ? 'Electron.app/Contents/MacOS/Electron' : 'electron';
}

/**
 * @param {string} root
 * @param {(line: string) => void} say
 * @returns {Promise<Electron>}
 */
export async function ensureElectron(root, say) {
  const program = installedElectron(root);
  if (program !== undefined) return { kind: 'found', program };
  say('Setting up: Electron, the window (about 120 MB, once)');
  const why = await download(join(root, 'node_modules', 'electron', 'install.js'));
  const fetched = installedElectron(root);
  if (fetched !== undefined) return { kind: 'found', program: fetched };
  return { kind: 'missing', why: why ?? 'its download is not complete' };
}

/** @param {string} script @returns {Promise<string | null>} why it failed */
function download(script) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [script], { stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    child.stderr.on('data', (chunk) => (said = (said + chunk).slice(-4000)));
    const timer = setTimeout(() => {
      said = 'its download took more than five minutes';
      child.kill();
    }, patienceMs);
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code) => {
      clearTimeout(timer);
      resolve(code === 0 ? null : reasonIn(said));
    });
  });
}

/** @param {string} said */
export function reasonIn(said) {
  if (/took more than/.test(said)) return said;
  if (
    /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|HTTPError|RequestError|fetch failed/.test(said)
  )
    return 'it could not be downloaded';
  if (/ENOSPC/.test(said)) return 'there is no room on the disk for it';
  const first = said.split('\n').find((line) => /error/i.test(line));
  return first?.trim() || 'its downloader failed';
}

/**
 * What keeps Electron itself from starting, read from its last words; null when it is something else.
 * @param {string} said
 */
export function startProblem(said) {
  const library = /error while loading shared libraries: ([^\s:]+)/.exec(said)?.[1];
  if (library !== undefined) return `the system lacks ${library}`;
  if (/Missing X server|cannot open display|Failed to open display/i.test(said)) return 'the display cannot be opened';
  if (/Running as root without --no-sandbox/.test(said)) return 'it does not run as the superuser';
  if (/SUID sandbox helper|No usable sandbox/.test(said)) return 'the system does not let it have its sandbox';
  return null;
}

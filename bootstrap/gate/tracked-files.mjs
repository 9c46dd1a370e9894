// No file that is committed may name a package registry, hold a download address in a lock, or a secret.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from '../launch.mjs';

// Written in two halves, for this file is checked too.
const registries = [
  ['registry.npm', 'js.org'],
  ['registry.yarn', 'pkg.com'],
  ['npm', 'mirror.com'],
  ['py', 'pi.org'],
  ['files.python', 'hosted.org'],
  ['download.py', 'torch.org'],
].map((halves) => halves.join(''));

/** @type {[name: string, pattern: RegExp][]} */
const forbidden = [
  ['a package registry', new RegExp(registries.map((host) => host.replaceAll('.', '\\.')).join('|'), 'i')],
  ['a download address in a lock', /^\s*"resolved": /m],
  ['a private key', /-----BEGIN [A-Z ]*PRIVATE KEY-----/],
  ['an access token', /\b(?:gh[pousr]_[A-Za-z0-9]{36}|npm_[A-Za-z0-9]{36}|hf_[A-Za-z0-9]{30,}|AKIA[0-9A-Z]{16})\b/],
  ['a registry password', /_authToken\s*=|_password\s*=/],
];

const largestText = 5_000_000;

/** @param {string} text @returns {string[]} */
export function findForbidden(text) {
  return forbidden.filter(([, pattern]) => pattern.test(text)).map(([name]) => name);
}

/** Committed, or about to be; all there is, in a copy without git. */
function files() {
  try {
    const list = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: root });
    return list.toString().split('\0').filter(Boolean);
  } catch {
    const made = /(^|[\\/])(node_modules|build|__pycache__|\.[a-z]+_cache)([\\/]|$)/;
    return readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((file) => !made.test(file));
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  for (const file of files()) {
    const found = statSync(join(root, file), { throwIfNoEntry: false });
    if (!found?.isFile() || found.size > largestText) continue;
    for (const name of findForbidden(readFileSync(join(root, file), 'latin1'))) {
      console.error(`${file}: ${name}`);
      process.exitCode = 1;
    }
  }
}

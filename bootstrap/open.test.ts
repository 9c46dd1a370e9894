import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { displayProblem } from './display.mjs';
import { ensureElectron, installedElectron, reasonIn, startProblem } from './electron.mjs';

describe('a display', () => {
  it.each([
    ['linux', {}, false],
    ['linux', { DISPLAY: ':0' }, true],
    ['linux', { WAYLAND_DISPLAY: 'wayland-0' }, true],
    ['win32', {}, true],
    ['darwin', {}, true],
  ] as const)('%s %j: %s', (platform, env, there) => expect(displayProblem(platform, env) === null).toBe(there));
});

describe("Electron's program", () => {
  let root: string;
  const folder = () => join(root, 'node_modules', 'electron');
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'reelwright electron ü '));
    mkdirSync(join(folder(), 'dist'), { recursive: true });
    vi.stubEnv('ELECTRON_OVERRIDE_DIST_PATH', undefined);
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  /** A downloader that writes what Electron's writes, or fails as it fails. */
  const downloader = (script: string) => writeFileSync(join(folder(), 'install.js'), script);
  const lays = `const fs = require('node:fs'), { join } = require('node:path');
    fs.writeFileSync(join(__dirname, 'dist', 'program'), '');
    fs.writeFileSync(join(__dirname, 'path.txt'), 'program');`;

  it('is downloaded once, and said so', async () => {
    downloader(lays);
    const said: string[] = [];
    const found = { kind: 'found', program: join(folder(), 'dist', 'program') };
    expect(await ensureElectron(root, (line) => said.push(line))).toEqual(found);
    expect(await ensureElectron(root, (line) => said.push(line))).toEqual(found);
    expect(said).toEqual([expect.stringContaining('Setting up: Electron')]);
  });

  it('is missing with a reason, and is tried again the next time', async () => {
    downloader("console.error('RequestError: getaddrinfo ENOTFOUND example.com'); process.exit(1);");
    expect(await ensureElectron(root, () => {})).toEqual({ kind: 'missing', why: 'it could not be downloaded' });
    downloader(lays);
    expect((await ensureElectron(root, () => {})).kind).toBe('found');
  });

  it('is not taken for whole when its download was cut', () => {
    writeFileSync(join(folder(), 'dist', process.platform === 'win32' ? 'electron.exe' : 'electron'), '');
    expect(installedElectron(root)).toBeUndefined();
  });
});

it.each([
  ['Error: ENOSPC: no space left on device', 'there is no room on the disk for it'],
  ['TypeError: x is not a function\n  at y', 'TypeError: x is not a function'],
  ['', 'its downloader failed'],
])('a download that failed with "%s"', (said, why) => expect(reasonIn(said)).toBe(why));

it.each([
  ['electron: error while loading shared libraries: libnss3.so: cannot open', 'the system lacks libnss3.so'],
  ['[1:ERROR] Missing X server or $DISPLAY', 'the display cannot be opened'],
  ['FATAL: Running as root without --no-sandbox is not supported.', 'it does not run as the superuser'],
  ['FATAL: The SUID sandbox helper binary was found, but', 'the system does not let it have its sandbox'],
  ['something else', null],
])('a start that failed with "%s"', (said, why) => expect(startProblem(said)).toBe(why));

import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { testPython } from '../e2e/environment.ts';
import { arrived, explain, packagesDue } from './packages.mjs';
import { nodeProgram, raiseVersion, type TinyClone, tinyClone, wantFromRegistry } from './tinyClone.ts';

let clone: TinyClone;
beforeEach(() => {
  clone = tinyClone();
  writeFileSync(
    join(clone.root, 'start.mjs'),
    "import { launch } from './bootstrap/launch.mjs';\nawait launch(import.meta.url, 'program.mjs');\n",
  );
  writeFileSync(
    join(clone.root, 'program.mjs'),
    'console.log(JSON.stringify(process.argv.slice(2)));\nif (process.argv[2] === "end") process.exit(Number(process.argv[3]));\n',
  );
});
afterEach(() => clone.dispose());

const marker = () => join(clone.root, 'node_modules', '.reelwright.json');
const inClone = (...names: string[]) => join(clone.root, ...names);
const settingUp = 'Setting up: Node packages';

describe('a bare clone', () => {
  it('is set up, says so on standard error, and hands over; the second start does nothing', async () => {
    const first = await start(['--json', 'a b', '"quoted"']);
    expect(first.stdout).toBe('["--json","a b","\\"quoted\\""]\n');
    expect(first.stderr).toContain(settingUp);
    expect(existsSync(marker())).toBe(true);
    expect(await start([])).toEqual({ code: 0, stdout: '[]\n', stderr: '' });
  });

  it('ends as the program ends', async () => {
    expect((await start(['end', '7'])).code).toBe(7);
    expect((await start(['end', '130'])).code).toBe(130);
  });

  it('is set up once by two at a time', async () => {
    const [one, other] = await Promise.all([start(['1']), start(['2'])]);
    expect([one.stdout, other.stdout]).toEqual(['["1"]\n', '["2"]\n']);
    const said = one.stderr + other.stderr;
    expect(said.split(settingUp)).toHaveLength(2);
    expect(said).toContain('Another set-up is running in this folder.');
  });
});

describe('while npm works', () => {
  it.skipIf(process.platform === 'win32')('a line at a terminal says how far it is, and goes', async () => {
    const spawned = 'import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))';
    const env = { ...clone.env, REAL_NODE: process.execPath };
    const command = [clone.systemNode, inClone('start.mjs'), 'x'];
    const child = spawn(await testPython(), ['-c', spawned, ...command], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    const output = collect(child);
    expect(await output.ended).toBe(0);
    const [before = '', after = ''] = output.stdout.split('Node packages are ready');
    expect(before).toContain(`${settingUp} (about 30 s, once)`);
    expect(before).toContain('\r\x1b[KLooking them up, 0 s');
    expect(before.endsWith('\r\x1b[K')).toBe(true);
    expect(after).toContain('["x"]');
  });

  it('nothing moves in a log', async () => {
    expect((await start([])).stderr).not.toContain('\r');
  });

  it('what is for this computer is due, and has come when it was laid down since', async () => {
    const { platform, arch } = process;
    const packages = {
      '': {},
      ...{ 'node_modules/all': {}, 'node_modules/ours': { os: [platform], cpu: [arch] } },
      ...{ 'node_modules/other': { os: ['plan9'] }, 'node_modules/not-ours': { os: [`!${platform}`] } },
      ...{ 'node_modules/not-other': { os: ['!plan9'] }, 'node_modules/one': { cpu: arch } },
    };
    writeFileSync(inClone('package-lock.json'), JSON.stringify({ packages }));
    const due = packagesDue(clone.root);
    expect(due).toEqual(['node_modules/all', 'node_modules/ours', 'node_modules/not-other', 'node_modules/one']);
    for (const name of ['all', 'ours']) mkdirSync(inClone('node_modules', name), { recursive: true });
    writeFileSync(inClone('node_modules', 'all', 'package.json'), '{}');
    const { ctimeMs } = statSync(inClone('node_modules', 'all', 'package.json'));
    expect([arrived(clone.root, due, ctimeMs), arrived(clone.root, due, ctimeMs + 1)]).toEqual([1, 0]);
  });
});

describe('what is set up again', () => {
  const damages: [string, () => void][] = [
    ['a changed lock', () => raiseVersion(clone)],
    [
      'a package that is gone',
      () => rmSync(inClone('node_modules', readdirSync(inClone('node_modules'))[0] ?? ''), { recursive: true }),
    ],
    ['a Node that is gone', () => rmSync(inClone(nodeProgram, '..', '..'), { recursive: true })],
    ['a marker cut short', () => rmSync(marker())],
  ];

  it.each(damages)('%s', async (_, damage) => {
    await start([]);
    damage();
    expect(await start(['again'])).toMatchObject({ code: 0, stdout: '["again"]\n' });
    expect(existsSync(marker())).toBe(true);
    expect((await start([])).stderr).toBe('');
  });

  it.runIf(process.platform !== 'win32')('an installation that was killed', async () => {
    const child = begin(['x'], true);
    const parts = inClone(nodeProgram, '..');
    while (!existsSync(parts) || readdirSync(parts).length < 20) await sleep(2);
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    expect(existsSync(marker())).toBe(false);
    expect(await start(['after'])).toMatchObject({ code: 0, stdout: '["after"]\n' });
    expect(readdirSync(parts).length).toBeGreaterThan(300);
  });
});

describe('what cannot be done', () => {
  it('is told in one sentence when there is no network, and nothing counts as set up', async () => {
    wantFromRegistry(clone);
    clone.env['npm_config_fetch_retries'] = '0';
    const { code, stdout, stderr } = await start([]);
    expect(code).toBe(3);
    expect(stdout).toBe('');
    expect(stderr).toContain(
      'The Node packages could not be downloaded. Connect to the internet and start again: what has been downloaded is kept.\n',
    );
    expect(existsSync(marker())).toBe(false);
  });

  it('is an error line for a program that reads', async () => {
    wantFromRegistry(clone);
    clone.env['npm_config_fetch_retries'] = '0';
    const { stdout } = await start(['--json']);
    expect(JSON.parse(stdout)).toMatchObject({ type: 'error', cause: 'network' });
  });
});

it.each([
  ['win32', 'EBUSY', 'The program folder is in use, or cannot be written to.'],
  ['win32', 'EPERM', 'The program folder is in use, or cannot be written to.'],
  ['linux', 'EPERM', 'The program folder cannot be written to.'],
  ['win32', 'EACCES', 'The program folder cannot be written to.'],
] as const)('on %s npm means with %s: %s', (platform, code, sentence) => {
  expect(explain(`npm error code ${code}\nnpm error syscall unlink`, platform).message).toContain(sentence);
});

describe.runIf(process.platform !== 'win32')('signals', () => {
  const waiting = `let count = 0;
process.on('SIGINT', () => { count += 1; if (count === 1) setTimeout(() => { console.log('seen ' + count); process.exit(130); }, 900); });
console.log('waiting'); setInterval(() => {}, 1000);\n`;

  it.each(['the first start', 'a later start'])(
    'one Ctrl-C that comes from three sides is one, in %s',
    async (which) => {
      if (which === 'a later start') await start([]);
      writeFileSync(inClone('program.mjs'), waiting);
      const child = begin([], true);
      const output = collect(child);
      while (!output.stdout.includes('waiting')) await sleep(10);
      // The terminal signals the group; npm signals its child once more.
      for (const target of [-(child.pid ?? 0), child.pid ?? 0, child.pid ?? 0]) process.kill(target, 'SIGINT');
      expect(await output.ended).toBe(130);
      expect(output.stdout).toContain('seen 1\n');
    },
  );

  it('a second Ctrl-C is a second one', async () => {
    await start([]);
    writeFileSync(inClone('program.mjs'), waiting);
    const child = begin([], true);
    const output = collect(child);
    while (!output.stdout.includes('waiting')) await sleep(10);
    child.kill('SIGINT');
    await sleep(500);
    child.kill('SIGINT');
    expect(await output.ended).toBe(130);
    expect(output.stdout).toContain('seen 2\n');
  });
});

it('a damaged package is installed again when the program stumbles over it', async () => {
  raiseVersion(clone);
  writeFileSync(inClone('program.mjs'), "import one from 'more';\nconsole.log(one);\n");
  expect((await start([])).stdout).toBe('1\n');
  rmSync(inClone('node_modules', 'more', 'index.js'));
  const { stdout, stderr } = await start([]);
  expect(stderr).toContain('A Node package is damaged. Installing them again.');
  expect(stdout).toBe('1\n');
  expect(JSON.parse(readFileSync(marker(), 'utf8')).folders).toContain('node_modules/more');
});

function begin(args: string[], ownGroup = false): ChildProcess {
  const env = { ...clone.env, REAL_NODE: process.execPath };
  return spawn(clone.systemNode, [join(clone.root, 'start.mjs'), ...args], {
    env,
    detached: ownGroup,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

function collect(child: ChildProcess): { stdout: string; stderr: string; ended: Promise<number | null> } {
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const output = { stdout: '', stderr: '', ended };
  child.stdout?.on('data', (chunk) => (output.stdout += chunk));
  child.stderr?.on('data', (chunk) => (output.stderr += chunk));
  return output;
}

async function start(args: string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const output = collect(begin(args));
  const code = await output.ended;
  return { code, stdout: output.stdout, stderr: output.stderr };
}

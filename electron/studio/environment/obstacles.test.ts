/** What stands in the way of a set-up: each is really there, and has its sentence. */
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ensureEnvironment } from './environment.ts';
import { serveWheels } from './packageIndex.ts';
import { type TinyWorld, tinyWorld } from './tinyWorld.ts';

let world: TinyWorld;
beforeEach(async () => {
  world = await tinyWorld();
});
afterEach(() => world.dispose());

const ensure = () => ensureEnvironment({ ...world, extras: 'runtime' }, world.around);
const posix = process.platform !== 'win32';

describe('Python', () => {
  it('is missing', async () => {
    world.around.env = { ...world.around.env, REELWRIGHT_PYTHON: undefined, PATH: '' };
    const result = await ensure();
    expect(result).toMatchObject({ kind: 'impossible', cause: 'python-missing' });
    expect(result).toMatchObject({ sentence: 'No Python was found. The engine needs Python 3.11 to 3.14, 64-bit.' });
    expect(result).toMatchObject({ action: expect.stringMatching(/^Install Python .* and start again\.$/) });
  });

  it.runIf(posix)('is too old', async () => {
    world.around.env = { ...world.around.env, REELWRIGHT_PYTHON: undefined, PATH: stubPython([3, 9, 2]) };
    expect(await ensure()).toMatchObject({
      kind: 'impossible',
      cause: 'python-unsupported',
      sentence: 'This computer has Python 3.9.2. The engine needs 3.11 to 3.14, 64-bit.',
    });
  });

  it.runIf(posix)('is too old, but uv can bring one', async () => {
    const folder = stubPython([3, 10, 12]);
    const real = world.around.env['REELWRIGHT_PYTHON'];
    const brings = `base="$UV_PYTHON_INSTALL_DIR/cpython-3.12/bin"; mkdir -p "$base"; ln -sf "${real}" "$base/python3"`;
    const script = `#!/bin/sh\nif [ "$1" = python ]; then ${brings}; else exec "${world.uv}" "$@"; fi\n`;
    writeFileSync(join(folder, 'uv'), script, { mode: 0o755 });
    const path = `${folder}:/usr/bin:/bin`;
    world.around.env = { ...world.around.env, REELWRIGHT_PYTHON: join(folder, 'python3'), PATH: path };
    expect(await ensure()).toMatchObject({ kind: 'ready' });
    expect(world.said.map(({ sentence }) => sentence)).toContain('Getting Python 3.12');
  });

  it.runIf(posix)('does not answer', async () => {
    const folder = stubPython([3, 12, 1]);
    writeFileSync(join(folder, 'python3'), '#!/bin/sh\nexit 127\n');
    world.around.env = { ...world.around.env, REELWRIGHT_PYTHON: undefined, PATH: folder };
    expect(await ensure()).toMatchObject({ kind: 'impossible', cause: 'python-missing' });
  });

  it.runIf(posix)('comes without pip, and there is no uv', async () => {
    world.around.env = { ...world.around.env, REELWRIGHT_PYTHON: undefined, PATH: `${stubPython([3, 12, 1])}:/bin` };
    expect(await ensure()).toMatchObject({ kind: 'impossible', cause: 'installer-missing' });
  });
});

describe('the installer', () => {
  it.runIf(posix)('is fetched by pip, with its hash, when there is none', async () => {
    world.around.env = { ...world.around.env, PATH: withoutUv(), REAL_UV: world.uv };
    expect(await ensure()).toMatchObject({ kind: 'ready' });
    expect(world.said.map(({ phase }) => phase)).toContain('installer');
    expect(readdirSync(world.folder)).toContain('uv-0.13.9');
  });

  it.runIf(posix)('is not believed when it is not the one that was expected', async () => {
    world.around.env = { ...world.around.env, PATH: withoutUv() };
    const lock = `uv==0.13.9 --hash=sha256:${'0'.repeat(64)}\n`;
    writeFileSync(join(world.sidecar, 'requirements', 'uv.lock'), lock);
    expect(await ensure()).toMatchObject({ kind: 'impossible', cause: 'damaged-download' });
    expect(readdirSync(world.folder)).not.toContain('uv-0.13.9');
  });
});

describe('the network', () => {
  const from = (address: string) => ({
    ...world.around.env,
    UV_NO_INDEX: undefined,
    UV_FIND_LINKS: undefined,
    UV_DEFAULT_INDEX: address,
    UV_HTTP_RETRIES: '0',
  });

  it('is not there', async () => {
    world.around.env = from('http://127.0.0.1:9/simple');
    expect(await ensure()).toMatchObject({
      kind: 'impossible',
      cause: 'network',
      sentence: 'The Python packages could not be downloaded.',
      action: 'Connect to the internet and start again: what has been downloaded is kept.',
    });
  });

  it('goes away on the way: what came is kept', async () => {
    world.dispose();
    world = await tinyWorld(true);
    const index = await serveWheels(world.wheels);
    world.around.env = from(index.address);
    index.broken = 'tiny_many';
    expect(await ensure()).toMatchObject({ kind: 'impossible', cause: 'network' });
    index.broken = null;
    index.sent.length = 0;
    expect(await ensure()).toMatchObject({ kind: 'ready' });
    expect(index.sent).toEqual(['tiny_many-1.0-py3-none-any.whl']);
    await index.close();
  });

  it('is not needed for what is there already', async () => {
    const index = await serveWheels(world.wheels);
    world.around.env = from(index.address);
    expect(await ensure()).toMatchObject({ kind: 'ready' });
    await index.close();
    rmSync(join(world.folder, 'python'), { recursive: true });
    expect(await ensure()).toMatchObject({ kind: 'ready', reused: false });
  });

  it('brings something else than was expected', async () => {
    const index = await serveWheels(world.wheels);
    world.around.env = from(index.address);
    const lock = join(world.sidecar, 'requirements', 'runtime.lock');
    writeFileSync(lock, `# python >=3.11,<3.15\ntiny-engine==1.0 --hash=sha256:${'0'.repeat(64)}\n`);
    expect(await ensure()).toMatchObject({ kind: 'impossible', cause: 'damaged-download' });
    await index.close();
  });
});

describe('the disk', () => {
  it('has too little space: nothing is begun, and the sentence says where', async () => {
    world.around.recipe.needed = 6 * 2 ** 30;
    world.around.recipe.freeBytes = () => 1.5 * 2 ** 30;
    const result = await ensure();
    expect(result).toMatchObject({ kind: 'impossible', cause: 'disk-full' });
    expect(result).toMatchObject({
      sentence: `The engine needs 6.0 GB of disk space; 1.5 GB is free at ${world.folder}.`,
      action: 'Free some space, or set REELWRIGHT_ENVIRONMENT to a folder on another disk, and start again.',
    });
    expect(world.said.map(({ phase }) => phase)).not.toContain('packages');
  });

  it.runIf(canMount())('runs full on the way, and goes on when there is space again', async () => {
    world.dispose();
    world = await tinyWorld(true);
    mkdirSync(world.folder);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', world.folder]);
    try {
      world.around.recipe.needed = 0;
      expect(await ensure()).toMatchObject({ kind: 'impossible', cause: 'disk-full' });
      execFileSync('mount', ['-o', 'remount,size=200m', world.folder]);
      expect(await ensure()).toMatchObject({ kind: 'ready', reused: false });
    } finally {
      execFileSync('umount', ['-l', world.folder]);
    }
  });

  it.runIf(posix)('does not let us write', async () => {
    const file = join(world.sidecar, 'a file');
    writeFileSync(file, '');
    world.folder = join(file, 'environment');
    expect(await ensure()).toMatchObject({ kind: 'impossible', cause: 'not-writable' });
  });
});

function withoutUv(): string {
  const folders = (process.env['PATH'] ?? '').split(':');
  return folders.filter((folder) => !existsSync(join(folder, 'uv'))).join(':');
}

/** A folder with a python3 that claims a version and can do nothing else. */
function stubPython(version: [number, number, number]): string {
  const folder = join(world.sidecar, 'stub');
  mkdirSync(folder);
  const file = join(folder, 'python3');
  const answer = JSON.stringify({ executable: file, version, ordinary: true });
  writeFileSync(file, `#!/bin/sh\ncase "$*" in *" -c "*) echo '${answer}';; *) exit 1;; esac\n`);
  chmodSync(file, 0o755);
  return folder;
}

function canMount(): boolean {
  return process.platform === 'linux' && process.getuid?.() === 0 && existsSync('/bin/mount');
}

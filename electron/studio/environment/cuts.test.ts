/** A set-up that is cut: by a person, by a kill, at any moment. What follows goes on. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ensureEnvironment } from './environment.ts';
import { sitePackages } from './marker.ts';
import { type TinyWorld, tinyWorld } from './tinyWorld.ts';

const linux = process.platform === 'linux';
const parts = 3000;

let world: TinyWorld;
beforeEach(async () => {
  world = await tinyWorld(true);
});
afterEach(() => world.dispose());

const ensure = (signal?: AbortSignal) =>
  ensureEnvironment({ ...world, extras: 'runtime', ...(signal ? { signal } : {}) }, world.around);
const marker = () => join(world.folder, 'environment.json');

describe('a set-up that is cancelled', () => {
  it('ends its programs and throws, and the next one goes on', async () => {
    const abort = new AbortController();
    const cut = ensure(abort.signal);
    cut.catch(() => {});
    await until(() => installed() > 0);
    abort.abort();
    await expect(cut).rejects.toThrow(/abort/i);
    expect(existsSync(marker())).toBe(false);
    if (linux) expect(programsOf(world.folder)).toEqual([]);
    expect(await ensure()).toMatchObject({ kind: 'ready' });
    expect(installed()).toBe(parts);
  });
});

describe.runIf(linux)('a set-up that is killed', () => {
  it.each([0, 0.4, 0.8])('with its installer, when %f of a package is there, is gone on with', async (share) => {
    const other = startElsewhere();
    await until(() => installed() > 0);
    // It would be done before it is killed, now and then; its installer goes on by itself.
    if (other.pid !== undefined) process.kill(other.pid, 'SIGSTOP');
    await until(() => installed() > parts * share);
    for (const pid of programsOf(world.folder)) kill(pid);
    kill(other.pid);
    await ended(other);
    expect(existsSync(marker())).toBe(false);
    expect(await ensure()).toMatchObject({ kind: 'ready' });
    expect(installed()).toBe(parts);
  });

  it('alone, leaves an installer behind that disturbs nobody', async () => {
    const other = startElsewhere();
    await until(() => installed() > 0);
    kill(other.pid);
    await ended(other);
    expect(await ensure()).toMatchObject({ kind: 'ready' });
    expect(installed()).toBe(parts);
  });
});

it('a set-up of another process is waited for', async () => {
  const other = startElsewhere();
  await until(() => installed() > 0);
  expect(await ensure()).toMatchObject({ kind: 'ready', reused: true });
  expect(world.said.map(({ phase }) => phase)).toEqual(['waiting']);
  await ended(other);
});

/** The same set-up in a process of its own. */
function startElsewhere(): ChildProcess {
  const { env, recipe } = world.around;
  const { folder, sidecar } = world;
  const environment = pathToFileURL(join(import.meta.dirname, 'environment.ts')).href;
  const program = `
    import { statfsSync } from 'node:fs';
    import { ensureEnvironment } from ${JSON.stringify(environment)};
    const { env, recipe, folder, sidecar } = JSON.parse(process.argv[1]);
    recipe.freeBytes = (place) => statfsSync(place).bavail * statfsSync(place).bsize;
    await ensureEnvironment({ folder, sidecar, extras: 'runtime', onProgress() {} }, { env, recipe });
  `;
  const given = JSON.stringify({ env, recipe, folder, sidecar });
  return spawn(process.execPath, ['--input-type=module', '--eval', program, given], { stdio: 'inherit' });
}

/** How many files of the large package are in place. */
function installed(): number {
  try {
    return readdirSync(join(sitePackages(world.folder), 'tiny_many')).filter((name) => name.endsWith('.py')).length;
  } catch {
    return 0;
  }
}

function ended(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve();
    else child.once('exit', () => resolve());
  });
}

/** The installers at work on this environment. */
function programsOf(folder: string): number[] {
  const interpreter = `\0${join(folder, 'python')}`;
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 0 && commandLine(pid).includes(interpreter));
}

function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

function kill(pid: number | undefined): void {
  if (pid !== undefined) process.kill(pid, 'SIGKILL');
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(2);
}

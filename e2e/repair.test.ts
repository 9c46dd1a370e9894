import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { dataPaths } from '../electron/studio/storage/paths.ts';
import { cli, quick } from './cli.ts';
import { testPython } from './environment.ts';

/** Damage to a copy of the environment. Copies are hard links: nothing is written into a file, only replaced. */
describe.skipIf(process.platform === 'win32')('a damaged environment', { timeout: 300_000 }, () => {
  let home: string;
  let copy: string;
  beforeEach(async () => {
    await testPython();
    // Beside the original: hard links do not cross file systems.
    home = await mkdtemp(join(dataPaths().environment, '..', 'reelwright-repair-'));
    copy = join(home, 'environment');
    await execa(
      'cp',
      process.platform === 'linux' ? ['-al', dataPaths().environment, copy] : ['-R', dataPaths().environment, copy],
    );
  });
  afterEach(() => rm(home, { recursive: true, force: true, maxRetries: 5 }));

  async function packages(): Promise<string> {
    const lib = join(copy, 'python', 'lib');
    const [version] = (await readdir(lib)).filter((name) => name.startsWith('python3'));
    return join(lib, version ?? '', 'site-packages');
  }

  const generate = () =>
    cli(['generate', '--prompt', 'an orange rocket', '--out', join(home, 'x.mp4'), ...quick], {
      home,
      env: { REELWRIGHT_ENVIRONMENT: copy },
    });

  it('that misses a whole package is made whole before the render', async () => {
    await rm(join(await packages(), 'av'), { recursive: true });
    const run = await generate();
    expect(run.last).toMatchObject({ type: 'done' });
    expect(existsSync(join(await packages(), 'av'))).toBe(true);
  });

  it('that is damaged deep inside is repaired when the worker cannot start, and the render goes on', async () => {
    const file = join(await packages(), 'safetensors', 'torch.py');
    await rm(file);
    await writeFile(file, 'def half(');
    const run = await generate();
    expect(run.events.some((event) => event.type === 'warning' && event.cause === 'environment')).toBe(true);
    expect(run.last).toMatchObject({ type: 'done' });
  });
});

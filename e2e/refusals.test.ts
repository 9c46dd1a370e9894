import { existsSync, rmSync } from 'node:fs';
import { chmod, cp, mkdir, mkdtemp, open, readFile, rename, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cli, type Ended, quick, root, startCli } from './cli.ts';
import { readClip } from './clip.ts';
import { testPython } from './environment.ts';
import { drawPicture } from './picture.ts';

let home: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'reelwright-refusals-'));
});
afterAll(() => rm(home, { recursive: true, force: true, maxRetries: 5 }));

const run = (...args: string[]) => cli(['generate', '--prompt', 'a red ball', ...args], { home });

function expectRefused(ended: Ended, code: number, sentence: RegExp): void {
  expect(ended.last).toMatchObject({ type: 'error', sentence: expect.stringMatching(sentence) });
  expect(ended.code).toBe(code);
  expect(existsSync(join(home, 'x.mp4'))).toBe(false);
}

const out = () => ['--out', join(home, 'x.mp4')];

describe('arguments that cannot be', { timeout: 60_000 }, () => {
  it.each([
    [['--model', 'sora'], /no model "sora" here. The models on this machine: paper-world, paper-world-i2v/],
    [['--width', '250'], /multiples of 16. The nearest to 250x160: 240x160 or 256x160/],
    [['--frames', '16'], /The nearest to 16: 9 or 17/],
    [['--frames', '0'], /--frames takes a whole number/],
    [['--steps', '-1'], /--steps takes a whole number/],
    [['--height', '1000000'], /--height takes a whole number/],
    [['--fps', 'fast'], /--fps takes a whole number/],
    [['--prompt', ' '], /Say what the clip should show/],
    [['--image', '/no/such/picture.png'], /There is no picture at/],
    [['--image', '.'], /is a folder, not a picture/],
    [['--model', 'paper-world-i2v'], /starts from a picture/],
  ])('are refused with a sentence: %j', async (args, sentence) => {
    expectRefused(await run(...out(), ...args), 2, sentence);
  });

  it('are refused: a data folder that is a file', async () => {
    const file = join(home, 'no-folder');
    await writeFile(file, '');
    const ended = await run(...out(), '--home', file);
    expectRefused(ended, 3, /no-folder cannot be the data folder: a file stands there/);
  });

  it('leave no job behind', async () => {
    expect(JSON.parse((await cli(['jobs'], { home })).text).jobs).toEqual([]);
  });
});

describe('pictures that cannot be read', { timeout: 60_000 }, () => {
  it.each([
    [
      'no image',
      async (file: string) => writeFile(file, 'I am a text about balloons.'),
      /cannot be read: it is not an image/,
    ],
    ['empty', async (file: string) => writeFile(file, ''), /is empty/],
    ['cut short', async (file: string) => truncate(file, Math.floor((await stat(file)).size / 2)), /cut short/],
    ['enormous', enormous, /too large. Make it smaller than 64 megapixels/],
  ])('are refused when they are %s', async (name, spoil, sentence) => {
    const image = await drawPicture(home, `${name.replace(' ', '-')}.png`);
    await spoil(image);
    expectRefused(await run(...out(), ...quick, '--image', image), 2, sentence);
  });
});

/** A small file that would be an enormous picture. */
async function enormous(file: string): Promise<void> {
  const program = 'import sys; from PIL import Image; Image.new("1", (16384, 16384)).save(sys.argv[1])';
  await execa(await testPython(), ['-c', program, file]);
}

describe('places that cannot be written', { timeout: 60_000 }, () => {
  it('are refused before anything is rendered', async () => {
    expectRefused(await run('--out', join(home, 'no', 'such', 'x.mp4')), 2, /does not exist. Make it first/);
    await writeFile(join(home, 'file'), '');
    expectRefused(await run('--out', join(home, 'file', 'x.mp4')), 2, /does not exist|is not a folder/);
    await mkdir(join(home, 'folder.mp4'));
    expectRefused(await run('--out', join(home, 'folder.mp4')), 2, /is a folder. Name a file in it/);
  });

  it.skipIf(process.platform !== 'linux')('are refused when the system forbids them', async () => {
    // The superuser may write anywhere but where the kernel itself says no.
    const folder = process.getuid?.() === 0 ? '/proc' : join(home, 'locked');
    if (folder !== '/proc') {
      await mkdir(folder);
      await chmod(folder, 0o500);
    }
    expectRefused(await run('--out', join(folder, 'x.mp4')), 2, /cannot be written. Choose another place/);
  });

  // Windows lets nobody remove a folder that is written to.
  it.skipIf(process.platform === 'win32')('cost nothing when they go while the clip is made', async () => {
    const folder = join(home, 'unplugged');
    const file = join(folder, 'y.mp4');
    await mkdir(folder);
    const { code, last } = await cli(['generate', '--prompt', 'a red ball', '--out', file, ...quick], {
      home,
      onEvent(event) {
        if (event.type === 'step' && event.phase === 'decoding') rmSync(folder, { recursive: true, force: true });
      },
    });
    const sentence = expect.stringMatching(/cannot be written\. .* All your steps are safe: .* jobs resume \w+$/);
    expect([code, last]).toMatchObject([2, { type: 'error', cause: 'not-writable', sentence }]);
    await mkdir(folder);
    const resumed = await cli(['jobs', 'resume', last?.type === 'error' ? (last.job ?? '') : ''], { home });
    expect(resumed.last).toMatchObject({ type: 'done', file });
    expect(resumed.events.some((event) => event.type === 'step' && event.phase === 'denoising')).toBe(false);
  });

  it('are left as they are when a clip is there already, unless it is to be replaced', async () => {
    const file = join(home, 'there.mp4');
    await writeFile(file, 'my only copy');
    const refused = await run('--out', file, ...quick);
    expectRefused(refused, 2, /exists. Add --overwrite to replace it/);
    expect(await readFile(file, 'utf8')).toBe('my only copy');
    const replaced = await run('--out', file, ...quick, '--overwrite');
    expect(replaced.last).toMatchObject({ type: 'done' });
    expect((await readClip(file)).frames).toBe(17);
  });
});

describe('weights that are not what they should be', { timeout: 60_000 }, () => {
  const weights = 'transformer/diffusion_pytorch_model.safetensors';

  async function model(name: string, spoil: (folder: string) => Promise<unknown>): Promise<string[]> {
    const folder = join(home, 'models', name);
    await cp(join(root, 'resources/models/paper-world'), folder, { recursive: true });
    await spoil(folder);
    return ['--model', folder, ...out(), ...quick];
  }
  const undescribed = (spoil: (folder: string) => Promise<unknown>) => async (folder: string) => {
    await rm(join(folder, 'reelwright.json'));
    await spoil(folder);
  };

  it.each([
    ['truncated', (folder: string) => truncate(join(folder, weights), 4000), /is cut short/],
    ['truncated-undescribed', undescribed((folder) => truncate(join(folder, weights), 4000)), /is cut short/],
    ['bit-flipped', (folder: string) => flip(join(folder, weights)), /is damaged/],
    ['missing-undescribed', undescribed((folder) => rm(join(folder, weights))), /is missing/],
    ['wrong-shape', undescribed(otherConfiguration), /does not belong to this model/],
    [
      'pickle',
      undescribed((folder) => rename(join(folder, weights), join(folder, 'transformer/diffusion_pytorch_model.bin'))),
      /can run code/,
    ],
  ])('are refused: %s', async (name, spoil, sentence) => {
    const ended = await run(...(await model(name, spoil)));
    expectRefused(ended, 4, sentence);
    expect(ended.last).toMatchObject({ cause: 'bad-weights' });
  });

  async function flip(file: string): Promise<void> {
    const handle = await open(file, 'r+');
    const byte = Buffer.alloc(1);
    await handle.read(byte, 0, 1, 700_001);
    byte[0] = (byte[0] ?? 0) ^ 0x10;
    await handle.write(byte, 0, 1, 700_001);
    await handle.close();
  }

  async function otherConfiguration(folder: string): Promise<void> {
    const file = join(folder, 'transformer/config.json');
    const config = JSON.parse(await readFile(file, 'utf8')) as Record<string, number>;
    await writeFile(file, JSON.stringify({ ...config, time_embed_dim: 64 }));
  }
});

describe('two renders in one data folder', { timeout: 60_000 }, () => {
  it('do not disturb each other: the second is told to wait', async () => {
    let second: Promise<Ended> | undefined;
    const first = startCli(['generate', '--prompt', 'a red ball', '--out', join(home, 'first.mp4'), ...quick], {
      home,
      onEvent(event) {
        if (event.type === 'step') second ??= run(...out(), ...quick);
      },
    });
    expect((await first.ended).last).toMatchObject({ type: 'done' });
    expect(second).toBeDefined();
    if (second) expectRefused(await second, 3, /Another Reelwright is open in .*--home/);
  });
});

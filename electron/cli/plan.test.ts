import { cp, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { PlanQuery } from '../../contract/plan.ts';
import { findModel } from '../studio/models/index.ts';
import { imagined, Planner } from '../studio/planner/index.ts';
import { openStore } from '../studio/storage/database.ts';
import { parseCommand } from './arguments.ts';
import { planText, queryOf, reasonText } from './plan.ts';

const gib = 2 ** 30;
const resources = join(import.meta.dirname, '../../resources');
const query: PlanQuery = { model: 'cogvideox-5b', width: 720, height: 480, frames: 49, steps: 50, guidance: 6 };

async function told(card: string, vram: number, ram: number, change: Partial<PlanQuery> = {}): Promise<string> {
  const store = openStore(':memory:');
  const catalogue = join(resources, 'catalogue');
  const planner = new Planner({ store, now: Date.now, catalogue, findModel: async () => null });
  const machine = imagined({ card, cardBytes: vram * gib, hostBytes: ram * gib, platform: 'linux' });
  const asked = { ...query, ...change };
  const text = planText(asked, await planner.for(asked, machine));
  store.close();
  return text;
}

describe('reelwright plan', () => {
  it('tells time and memory of each phase, and why', async () => {
    const text = await told('RTX 4070', 12, 32);
    expect(text).toMatch(/^cogvideox-5b, 720x480, 49 frames, 50 steps$/m);
    expect(text).toMatch(/^Fits\. It takes about 1\d min/m);
    expect(text).toMatch(/^Denoising +1\d min.* +\d\.\d GB +\d+\.\d GB$/m);
    expect(text).toMatch(/comes? to the card while others calculate/);
  });

  it('offers what changes the picture with its price', async () => {
    const text = await told('RTX 4070', 12, 32);
    expect(text).toMatch(
      /With a slightly other picture:\n.* {2}about \d min.*runs in 30 of 50 steps.* 50 dB from the exact picture by DDIM, 30 by DPM\. Make it so with: generate --shortcut cached-steps$/ms,
    );
  });

  it('says what is in the way and what would make it fit', async () => {
    const text = await told('RTX 3060', 8, 32, { model: 'cogvideox-1.5-5b', width: 1360, height: 768, frames: 161 });
    expect(text).toMatch(/Will not fit: \w+ needs \d+\.\d GB of the card, there is \d\.\d GB\./);
    expect(text).toMatch(/It would fit with\n {2}\d+x\d+/);
  });

  it('says of a small machine what it lacks, or what it costs', async () => {
    const small = await told('RTX 3050', 2, 8, { model: 'cogvideox-2b' });
    expect(small).toMatch(/^Will not fit: decoding needs \d\.\d GB of the card, there is 0\.\d GB\.$/m);
    expect(small).toMatch(/^It would fit with\n {2}\d+x\d+/m);
    const none = await told('some card', 1, 8, { model: 'cogvideox-2b' });
    expect(none).toMatch(/^No smaller clip of this model fits either\.$/m);
    const little = await told('RTX 3060', 12, 8);
    expect(little).toMatch(/^Fits/m);
    expect(little).toMatch(/does not hold it: \d+\.\d GB are read from the disk in every step/);
    expect(await told('RTX 3060', 12, 32)).not.toMatch(/from the disk/);
    expect(await told('RTX 3060', 12, 4)).toMatch(/Will not fit: .+ needs \d\.\d GB of memory, there is \d\.\d GB/);
  });

  it('calls a slab that holds the whole picture one piece', () => {
    const slabs = { kind: 'slabs', hostBytes: 0 } as const;
    expect(reasonText({ ...slabs, rows: 64 })).toBe('Frames are decoded in slabs of 64 rows.');
    expect(reasonText({ ...slabs, rows: null })).toBe('Frames are decoded in one piece.');
    expect(reasonText({ ...slabs, rows: null, hostBytes: 2 * gib })).toBe(
      'Frames are decoded in one piece, with 2.0 GB waiting in memory.',
    );
  });

  it('tells megabytes where gigabytes would say nothing', () => {
    const slabs = { kind: 'slabs', rows: 56, hostBytes: 0.04 * gib } as const;
    expect(reasonText(slabs)).toBe('Frames are decoded in slabs of 56 rows, with 41 MB waiting in memory.');
    expect(reasonText({ kind: 'guidance-in-turn', bytes: 1 })).toMatch(/which saves 1 MB\.$/);
  });

  it('names the file of a model that is not of the size that its description says', () => {
    const problem = { kind: 'model', model: 'a', problem: 'sizes', file: 'vae/weights.safetensors' } as const;
    expect(planText({ ...query, model: 'a' }, problem)).toBe(
      'vae/weights.safetensors of a is not of the size that its description says. Get the model again.',
    );
  });

  it.each([
    [
      'weights that were cut',
      (at: string) => truncate(join(at, 'transformer/diffusion_pytorch_model.safetensors'), 1000),
      /^transformer\/diffusion_pytorch_model\.safetensors of .+ is not of the size that its description says\./,
    ],
    [
      'a configuration that is none',
      (at: string) => writeFile(join(at, 'transformer/config.json'), '{'),
      /^The description of .+ cannot be read/,
    ],
    [
      'no files at all',
      (at: string) => rm(at, { recursive: true }),
      /^There is no model ".+" here or in the catalogue\.$/,
    ],
  ])('says of a folder with %s what is wrong with it', async (_, spoil, sentence) => {
    const folder = await mkdtemp(join(tmpdir(), 'reelwright-plan-'));
    const store = openStore(':memory:');
    onTestFinished(async () => {
      store.close();
      await rm(folder, { recursive: true, force: true });
    });
    const model = join(folder, 'model');
    await cp(join(resources, 'models/paper-world'), model, { recursive: true });
    await spoil(model);
    const find = (wanted: string) => findModel([folder], wanted);
    const planner = new Planner({ store, now: Date.now, catalogue: join(resources, 'catalogue'), findModel: find });
    const asked = { model, width: null, height: null, frames: null, steps: null, guidance: null };
    expect(await queryOf(asked, { models: async () => [], planner })).toEqual({
      kind: 'unknown',
      sentence: expect.stringMatching(sentence),
    });
  });

  it('says that it guesses, and names what a model can make', async () => {
    expect(await told('RTX 9999', 12, 32)).toMatch(/This card is not known/);
    expect(await told('RTX 3060', 12, 32, { frames: 48 })).toMatch(/The nearest to 48: 41 or 49/);
    expect(await told('RTX 3060', 12, 32, { model: 'cogvideox-5b-i2v', width: 480, height: 720 })).toMatch(
      /makes clips of 720x480 alone/,
    );
    expect(await told('RTX 3060', 12, 32, { model: 'sora' })).toBe(
      'There is no model "sora" here or in the catalogue.',
    );
  });

  it.each([
    ['--card "RTX 3060"', ['plan', '--card', 'RTX 3060'], /how much memory the card has/],
    ['no number', ['plan', '--vram', 'much'], /--vram takes a number/],
    ['more frames than there are', ['plan', '--frames', '900'], /--frames takes a whole number/],
  ])('refuses %s', (_, args, sentence) => {
    expect(parseCommand(args, '/')).toMatchObject({ kind: 'wrong', sentence: expect.stringMatching(sentence) });
  });

  it('takes another machine', () => {
    const parsed = parseCommand(['plan', '--card', 'RTX 3060', '--vram', '12', '--ram', '31.5', '--json'], '/');
    const elsewhere = { card: 'RTX 3060', vram: 12, ram: 31.5 };
    expect(parsed).toMatchObject({ kind: 'command', command: { kind: 'plan', elsewhere, json: true, model: null } });
  });
});

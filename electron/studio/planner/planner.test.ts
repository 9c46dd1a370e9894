import { cp, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openStore, type Store } from '../storage/database.ts';
import { gib } from './machine.fixture.ts';
import { card, large, plannerOn, probe, resources, starter } from './planner.fixture.ts';
import type { Planner } from './planner.ts';

let folder: string;
let store: Store;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reelwright-planner-'));
  store = openStore(join(folder, 'store.db'));
});
afterEach(async () => {
  store.close();
  await rm(folder, { recursive: true, force: true });
});

let now = 1000;
const planner = (): Planner => plannerOn(store, folder, { now: () => now });
const room = (each: Planner): number => {
  const { device } = each.machine();
  return device.kind === 'cuda' ? device.roomBytes / gib : 0;
};

describe('an answer', () => {
  it('on the processor says so, with the time and memory that it takes', async () => {
    const planned = await planner().for(starter);
    expect(planned).toMatchObject({
      kind: 'fits',
      room: { device: 'cpu', deviceBytes: null },
      reasons: [{ kind: 'processor' }],
      prediction: { basis: 'guessed', deviceNeed: null },
    });
  });

  it('is there for models that are only in the catalogue, for none that is in neither', async () => {
    const one = planner();
    one.probed(probe(11), null);
    expect(await one.for(large)).toMatchObject({
      kind: 'fits',
      room: { name: 'NVIDIA GeForce RTX 3060', cardBasis: 'known' },
    });
    expect(await one.for({ ...large, model: 'sora' })).toMatchObject({ kind: 'model', problem: 'unknown' });
  });

  it('names the sizes that a model can make instead of one that it cannot', async () => {
    expect(await planner().for({ ...large, width: 721 })).toEqual({
      kind: 'shape',
      problem: {
        ...{ kind: 'sides', width: 721, height: 480, multiple: 16 },
        nearest: [
          { width: 720, height: 480 },
          { width: 736, height: 480 },
        ],
      },
    });
    const fromPicture = { ...large, model: 'cogvideox-5b-i2v' };
    expect(await planner().for({ ...fromPicture, width: 480, height: 720 })).toEqual({
      kind: 'shape',
      problem: { kind: 'size', width: 720, height: 480 },
    });
    expect((await planner().for(fromPicture)).kind).not.toBe('shape');
  });

  it.each([
    ['a file that was cut', async (at: string) => truncate(join(at, 'vae/diffusion_pytorch_model.safetensors'), 1000)],
    [
      'a description that tells of another size',
      async (at: string) => {
        const file = join(at, 'reelwright.json');
        await writeFile(file, (await readFile(file, 'utf8')).replace('"bytes": 9644462', '"bytes": 9644463'));
      },
    ],
    [
      'a configuration of a larger model',
      async (at: string) => {
        await rm(join(at, 'reelwright.json'));
        const file = join(at, 'vae/config.json');
        await writeFile(file, (await readFile(file, 'utf8')).replace('96\n', '960\n'));
      },
    ],
  ])('is refused for a model with %s', async (_, spoil) => {
    const at = join(folder, 'copy');
    await cp(join(resources, 'models', 'paper-world'), at, { recursive: true });
    await spoil(at);
    const planned = await planner().for({ ...starter, model: at });
    expect(planned).toMatchObject({ kind: 'model', problem: 'sizes', file: 'vae/diffusion_pytorch_model.safetensors' });
    expect(await planner().verdicts([{ ...starter, model: at }])).toEqual([{ kind: 'unknown' }]);
  });

  it('comes for many at once, in their order', async () => {
    const one = planner();
    one.probed(probe(5), null);
    const all = Array.from({ length: 200 }, (_, index) =>
      index % 2 ? large : { ...large, model: 'cogvideox-1.5-5b', width: 1360, height: 768, frames: 161 },
    );
    const verdicts = await one.verdicts(all);
    expect(verdicts.map(({ kind }) => kind)).toEqual(
      all.map(({ model }) => (model === 'cogvideox-5b' ? 'fits' : 'too-large')),
    );
  });

  it('offers changes with which it fits, each of which the model can make', async () => {
    const one = planner();
    one.probed(probe(5.3), null);
    one.saw([card(7, 0)]);
    const planned = await one.for({ ...large, model: 'cogvideox-1.5-5b', width: 1360, height: 768, frames: 161 });
    if (planned.kind !== 'too-large') throw new Error(planned.kind);
    expect(planned.remedies.length).toBeGreaterThan(0);
    for (const { change } of planned.remedies) {
      if (change.kind === 'close-others') continue;
      const { kind: _, ...changed } = change;
      const again = await one.for({
        ...large,
        model: 'cogvideox-1.5-5b',
        width: 1360,
        height: 768,
        frames: 161,
        ...changed,
      });
      expect(['fits', 'tight']).toContain(again.kind);
    }
  });

  it('has what is free of the card by whoever looked last: a game that starts is seen', async () => {
    const one = planner();
    one.probed(probe(11), null);
    expect(room(one)).toBeCloseTo(10.8, 1);
    expect((await one.for({ ...large, model: 'cogvideox-1.5-5b', width: 1360, height: 768, frames: 81 })).kind).toBe(
      'fits',
    );
    now += 10;
    one.saw([card(1 + 5 + 0.4)]);
    expect(room(one)).toBeCloseTo(5.4, 1);
    const planned = await one.for({ ...large, model: 'cogvideox-1.5-5b', width: 1360, height: 768, frames: 81 });
    if (planned.kind !== 'too-large') throw new Error(planned.kind);
    expect(planned.binds).toMatchObject({ resource: 'device' });
    expect(planned.remedies.map(({ change }) => change.kind)).toContain('close-others');
    // Before a render the engine looks itself.
    now += 10;
    one.probed(probe(11), null);
    expect(room(one)).toBeCloseTo(10.8, 1);
  });
});

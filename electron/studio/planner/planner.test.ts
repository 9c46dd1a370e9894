import { cp, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Failure } from '../../../contract/failure.ts';
import type { PlanQuery } from '../../../contract/plan.ts';
import { phases } from '../../../contract/render.ts';
import type { Probe, RenderOutcome } from '../../../contract/worker.ts';
import { findModel } from '../models/index.ts';
import { nextAttempt } from '../recovery/index.ts';
import { openStore, type Store } from '../storage/database.ts';
import { cardSpeed } from './cards.ts';
import type { CardNow } from './look.ts';
import { deviceRoom, hostRoom } from './machine.ts';
import { correctionsFrom, type Measurement } from './measurements.ts';
import { Planner } from './planner.ts';

const gib = 2 ** 30;
const resources = join(import.meta.dirname, '../../../resources');

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
const planner = (memoryGib = 64, platform: NodeJS.Platform = 'linux') =>
  new Planner({
    store,
    now: () => now,
    catalogue: join(resources, 'catalogue'),
    findModel: (wanted) => findModel([join(resources, 'models'), folder], wanted),
    platform,
    memory: () => ({ totalBytes: memoryGib * gib, freeBytes: 0.8 * memoryGib * gib }),
  });

const starter: PlanQuery = { model: 'paper-world', width: 256, height: 160, frames: 17, steps: 16, guidance: 3 };
const large: PlanQuery = { model: 'cogvideox-5b', width: 720, height: 480, frames: 49, steps: 50, guidance: 6 };

const probe = (freeGib: number, works = true): Probe => ({
  ...{ python: '3.12', torch: '2.11', diffusers: '0.42', av: '14' },
  devices: [
    {
      kind: 'cuda',
      name: 'NVIDIA GeForce RTX 3060',
      capability: '8.6',
      totalBytes: 12 * gib,
      freeBytes: freeGib * gib,
    },
    { kind: 'cpu', name: 'CPU', capability: null, totalBytes: 64 * gib, freeBytes: 40 * gib },
  ],
  operation: works
    ? { kind: 'worked', device: 'cuda', seconds: 0.1 }
    : { kind: 'failed', device: 'cuda', detail: 'no kernel image' },
});
const card = (usedGib: number | null, oursGib: number | null = 0): CardNow => ({
  card: {
    id: 'GPU-1',
    name: 'NVIDIA GeForce RTX 3060',
    driver: '580',
    memoryTotal: 12 * gib,
    powerLimit: 170,
    pcie: '4.0 x16',
  },
  usedBytes: usedGib === null ? null : usedGib * gib,
  oursBytes: oursGib === null ? null : oursGib * gib,
});
const room = (each: Planner): number => {
  const { device } = each.machine();
  return device.kind === 'cuda' ? device.roomBytes / gib : 0;
};

describe('the machine', () => {
  it('is its processor until somebody finds a card, and stays so when torch cannot calculate on it', () => {
    const one = planner();
    expect(one.machine().device.kind).toBe('cpu');
    one.probed(probe(11, false), null);
    one.saw([card(1)]);
    expect(one.machine().device.kind).toBe('cpu');
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

  it('counts as free what our own worker holds and would use again', () => {
    const one = planner();
    one.probed(probe(4), 7 * gib);
    expect(room(one)).toBeCloseTo(10.8, 1);
  });

  it('has the kernels, the compiler and the attention that its worker has tried, not those of its system', () => {
    const able = (platform: NodeJS.Platform, abilities: Probe['abilities']) => {
      const each = planner(64, platform);
      each.probed({ ...probe(11), abilities }, null);
      const { device } = each.machine();
      return device.kind === 'cuda' ? [device.kernels, device.compiler, device.sage] : null;
    };
    expect(able('linux', undefined)).toEqual([true, false, false]);
    expect(able('win32', null)).toEqual([false, false, false]);
    expect(able('win32', { kernels: true, compiler: true, sage: true })).toEqual([true, true, true]);
    expect(able('linux', { kernels: false, compiler: false, sage: false })).toEqual([false, false, false]);
  });

  it('keeps some back, more of it on Windows, and never has more than there is', () => {
    fc.assert(
      fc.property(
        fc.constantFrom<NodeJS.Platform>('win32', 'linux'),
        fc.double({ min: 0, max: 96, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (platform, total, free, ours) => {
          const totalBytes = total * gib;
          const found = deviceRoom(platform, { totalBytes, freeBytes: free * totalBytes, ours: ours * totalBytes });
          expect(found).toBeGreaterThanOrEqual(0);
          expect(found).toBeLessThanOrEqual(totalBytes);
          const host = hostRoom(platform, totalBytes, free * totalBytes);
          expect(host.pinnableBytes).toBeLessThanOrEqual(host.roomBytes);
        },
      ),
    );
    const one = { totalBytes: 12 * gib, freeBytes: 11 * gib, ours: 0 };
    expect(deviceRoom('win32', one)).toBeLessThan(deviceRoom('linux', one));
  });
});

describe('cards', () => {
  it.each([
    ['NVIDIA GeForce RTX 3060', 25.5],
    ['NVIDIA GeForce RTX 3060 Laptop GPU', 21],
    ['rtx 4090', 165.2],
    ['NVIDIA GeForce RTX 4060 Ti', 44.1],
    ['NVIDIA RTX 6000 Ada Generation', 364],
    ['NVIDIA H100 80GB HBM3', 989],
    ['NVIDIA H100 PCIe', 756],
    ['NVIDIA A100-SXM4-80GB', 312],
    ['Tesla V100-SXM2-16GB', 112],
    ['NVIDIA RTX PRO 6000 Blackwell Workstation Edition', 503],
  ])('%s is known', (name, half) => {
    expect(cardSpeed(name, null, 24 * gib)).toMatchObject({ basis: 'known', halfRate: half * 1e12 });
  });

  it('of a name that nobody knows are guessed at, slowly, and it is said', () => {
    const guessed = cardSpeed('NVIDIA GeForce RTX 7070', 14, 16 * gib);
    expect(guessed.basis).toBe('guessed');
    expect(guessed.halfRate).toBeLessThan(cardSpeed('RTX 5060', null, 8 * gib).halfRate);
    expect(cardSpeed('', null, 0).halfRate).toBeGreaterThan(0);
  });
});

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
      problem: { kind: 'side', side: 'width', value: 721, multiple: 16, nearest: [720, 736] },
    });
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
});

const done = (seconds: number, hostBytes: number | null = null): RenderOutcome => ({
  kind: 'done',
  ...{ file: '/clip.mp4', bytes: 1, width: 256, height: 160, frames: 17, fps: 8, seed: 1, seconds },
  phaseSeconds: { loading: 0.1, encoding: 0.1, denoising: seconds, decoding: 1 },
  phasePeaks: hostBytes === null ? {} : { denoising: { allocatedBytes: null, reservedBytes: null, hostBytes } },
  kept: { kind: 'nothing' },
  replanned: false,
});

describe('what was measured', () => {
  const model = async () => {
    const found = await findModel([join(resources, 'models')], 'paper-world');
    if (found?.kind !== 'model') throw new Error('The starter model is gone.');
    return found.model;
  };
  const settings = {
    ...starter,
    prompt: '',
    negativePrompt: '',
    image: null,
    fps: 8,
    scheduler: 'ddim' as const,
    seed: 1,
  };
  const denoising = async (one: Planner, query = starter) => {
    const planned = await one.for(query);
    if (planned.kind !== 'fits' && planned.kind !== 'tight') throw new Error(planned.kind);
    const phase = planned.prediction.phases.find((each) => each.phase === 'denoising');
    return { seconds: phase?.seconds ?? 0, host: phase?.hostBytes ?? 0, basis: planned.prediction.basis };
  };
  const run = async (one: Planner, outcome: RenderOutcome) => {
    one.finished({ jobId: 'job', plan: await planOf(one) }, outcome);
  };
  const planOf = async (one: Planner) => {
    const planned = await one.forJob({ id: 'job', settings }, await model());
    if (planned.kind !== 'plan') throw new Error(planned.kind);
    return planned.plan;
  };

  it('knows what can take the place of a plan that failed', async () => {
    const one = planner();
    const failure = { cause: 'host-memory', phase: 'decoding', detail: '' } as const;
    const failed = { plan: await planOf(one), failure, kept: { kind: 'latents' } } as const;
    const { alternatives, again, remedies } = await one.after({ settings }, await model(), failed);
    expect(again).not.toBeNull();
    for (const { seconds } of remedies) expect(seconds).toBeGreaterThan(0);
    expect(alternatives.length).toBeGreaterThan(0);
    for (const { plan } of alternatives) expect(plan.decode.slabRows).not.toBeNull();
    const gone = { ...(await model()), folder: join(folder, 'nowhere') };
    expect(await one.after({ settings }, gone, failed)).toMatchObject({ alternatives: [], again: null });
  });

  it('sharpens what is said of the same model, also for another length, until it is forgotten', async () => {
    const one = planner();
    const before = await denoising(one);
    expect(before.basis).toBe('guessed');
    for (const seconds of [30, 33, 300]) await run(one, done(seconds, 2 * gib));
    const after = await denoising(one);
    expect(after).toMatchObject({ basis: 'measured' });
    expect(after.seconds).toBeCloseTo(Math.min(33, 20 * before.seconds), 5);
    expect(after.host / before.host).toBeCloseTo(Math.min(2, (2 * gib) / before.host), 5);
    const twice = await denoising(one, { ...starter, steps: 32 });
    expect(twice.seconds / after.seconds).toBeCloseTo(2, 5);
    expect(one.measured().find(({ phase }) => phase === 'denoising')).toMatchObject({
      clips: 3,
      seconds: 33,
      model: 'paper-world',
    });
    // It is kept over a restart.
    expect(await denoising(planner())).toEqual(after);
    one.forget();
    expect(await denoising(one)).toEqual(before);
    expect(one.measured()).toEqual([]);
  });

  it('does not count what was gone on with, failed, or was never planned', async () => {
    const one = planner();
    await run(one, { ...done(100), kept: { kind: 'embeddings' } } as RenderOutcome);
    await run(one, { kind: 'failed', failure: { cause: 'internal', phase: null, detail: '' } });
    one.finished({ jobId: 'unheard of', plan: await planOf(one) }, done(100));
    one.finished({ jobId: 'job', plan: { ...(await planOf(one)), guidance: 'sequential' } }, done(100));
    expect(one.measured()).toEqual([]);
  });

  it('learns from memory that ran out how much was wanted, if that was more than was said, and nothing of time', async () => {
    const one = planner();
    one.probed(probe(11), null);
    const said = async () => {
      const planned = await one.for(starter);
      if (planned.kind !== 'fits') throw new Error(planned.kind);
      const phase = planned.prediction.phases.find((each) => each.phase === 'denoising');
      return { bytes: phase?.deviceBytes ?? 0, seconds: phase?.seconds, basis: planned.prediction.basis };
    };
    const before = await said();
    const ranOut = (wanted: number): RenderOutcome => ({
      kind: 'failed',
      failure: {
        ...{ cause: 'device-memory', phase: 'denoising', detail: '', reservedBytes: null, freeBytes: null },
        ...{ allocatedBytes: Math.round(wanted) - 1000, requestedBytes: 1000 },
      },
    });
    await run(one, ranOut(0.9 * before.bytes));
    expect(await said()).toEqual(before);
    await run(one, ranOut(1.3 * before.bytes));
    const after = await said();
    expect(after.bytes / before.bytes).toBeCloseTo(1.3, 3);
    expect(after).toMatchObject({ seconds: before.seconds, basis: before.basis });
    expect(one.measured()).toEqual([]);
  });

  it('takes what clips before it left in the worker for nobody’s need: freed first, it fits as it is', async () => {
    const one = planner();
    one.probed(probe(11), null);
    const plan = await planOf(one);
    const planned = await one.for(starter);
    if (planned.kind !== 'fits') throw new Error(planned.kind);
    const said = planned.prediction.phases.find((each) => each.phase === 'denoising')?.deviceBytes ?? 0;
    const left = 11 * gib;
    expect(left).toBeGreaterThan(1.6 * said);
    const failure: Failure = {
      ...{ cause: 'device-memory', phase: 'denoising', detail: '', requestedBytes: 2 ** 20, freeBytes: 0 },
      ...{ allocatedBytes: left, reservedBytes: left },
    };
    one.finished({ jobId: 'job', plan }, { kind: 'failed', failure }, { used: true });
    expect(await one.for(starter)).toEqual(planned);
    const failed = { plan, failure, kept: { kind: 'checkpoint' as const, step: 4 } };
    const known = await one.after({ settings }, await model(), failed);
    expect(known.again?.verdict).toBe('fits');
    const situation = { ...failed, ...known, history: [], spent: null, used: true };
    expect(nextAttempt(situation)).toMatchObject({ recovery: { rung: { kind: 'release' } } });
  });

  it('says of a render what is to be expected of it, also by another plan, and nothing of an odd one', async () => {
    const one = planner();
    const plan = await planOf(one);
    const planned = await one.for(starter);
    const { folder, family, task } = await model();
    const order = { jobId: 'job', plan, model: { folder, family, task }, settings };
    expect(await one.predicted(order)).toEqual(planned.kind === 'fits' ? planned.prediction : null);
    // As after a restart, when nothing was said yet.
    const own = await planner().predicted(order);
    expect(own?.stepSeconds).toBeCloseTo((await one.predicted(order))?.stepSeconds ?? 0, 5);
    const rest = { ...plan, placements: { ...plan.placements, textEncoder: { kind: 'resident' } as const } };
    expect((await one.predicted({ ...order, plan: rest }))?.stepSeconds).toBeGreaterThan(0);
    expect(await one.predicted({ ...order, plan: { ...plan, device: 'cuda' } })).toBeNull();
    expect(await one.predicted({ ...order, jobId: 'b', model: { ...order.model, folder: '/nowhere' } })).toBeNull();
  });

  it('is bounded', async () => {
    const one = planner();
    for (let index = 0; index < 520; index += 1) await run(one, done(30));
    const row: unknown = store.prepare('SELECT count(*) AS count FROM measurements').get();
    expect((row as { count: number }).count).toBe(2000);
  });

  it('never makes a figure of nonsense out of outliers', () => {
    const subject = { device: 'a', model: 'b', shape: '20' };
    const anyRow = fc.record<Measurement>({
      device: fc.constantFrom('a', 'c'),
      model: fc.constantFrom('b', 'd'),
      shape: fc.constantFrom('20', '21'),
      phase: fc.constantFrom(...phases),
      seconds: fc.double({ min: 0, noNaN: true }),
      predictedSeconds: fc.double({ min: 0, noNaN: true }),
      deviceBytes: fc.option(fc.nat()),
      predictedDeviceBytes: fc.option(fc.nat()),
      hostBytes: fc.option(fc.nat()),
      predictedHostBytes: fc.nat(),
    });
    fc.assert(
      fc.property(fc.array(anyRow, { maxLength: 40 }), (rows) => {
        for (const { seconds, device, host } of Object.values(correctionsFrom(rows, subject))) {
          for (const [value, least, most] of [
            [seconds, 0.02, 20],
            [device, 0.95, 1.6],
            [host, 0.4, 2],
          ] as const) {
            expect(value).toBeGreaterThanOrEqual(least);
            expect(value).toBeLessThanOrEqual(most);
          }
        }
      }),
    );
  });
});

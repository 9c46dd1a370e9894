import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Failure } from '../../../contract/failure.ts';
import { phases } from '../../../contract/render.ts';
import type { RenderOutcome } from '../../../contract/worker.ts';
import { findModel } from '../models/index.ts';
import { nextAttempt } from '../recovery/index.ts';
import { openStore, type Store } from '../storage/database.ts';
import { gib } from './machine.fixture.ts';
import { correctionsFrom, type Measurement, Measurements, summary } from './measurements.ts';
import { plannerOn, probe, resources, starter } from './planner.fixture.ts';
import type { Planner } from './planner.ts';
import type { RawPhases } from './prediction.ts';

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

const planner = (): Planner => plannerOn(store, folder);

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

  const subject = { device: 'a', model: 'b', shape: '20' };
  const seconds = { loading: 1, encoding: 1, denoising: 1, decoding: 1 };
  const saying = (deviceBytes: number | null): RawPhases => {
    const said = { seconds: 1, deviceBytes, deviceNeed: deviceBytes, hostBytes: gib };
    return { loading: said, encoding: said, denoising: said, decoding: said, finishing: said };
  };

  it('is bounded', () => {
    const memory = openStore(':memory:');
    const measurements = new Measurements(memory, () => 1000);
    for (let clip = 0; clip < 520; clip += 1)
      measurements.add({ ...subject, shape: String(clip) }, saying(null), { seconds, peaks: {} });
    expect(measurements.all()).toHaveLength(2000);
    expect(measurements.all()[0]?.shape).toBe('519');
    memory.close();
  });

  it('says nothing of a phase that did less than was foretold: a prompt that is known is not read again', () => {
    const measurements = new Measurements(store, () => 1000);
    const peak = (gibibytes: number) => ({ allocatedBytes: gibibytes * gib, reservedBytes: null, hostBytes: gib });
    measurements.add(subject, saying(9 * gib), { seconds, peaks: { encoding: peak(9.9) } });
    const read = measurements.corrections(subject).encoding;
    expect(read.device).toBeCloseTo(1.1, 5);
    for (let clip = 0; clip < 9; clip += 1)
      measurements.add(subject, saying(9 * gib), {
        seconds: { ...seconds, encoding: 0.05 },
        peaks: { encoding: peak(0.7) },
      });
    expect(measurements.corrections(subject).encoding).toEqual(read);
  });

  it('is told as what was usual, and not as what came last', () => {
    const measurements = new Measurements(store, () => 1000);
    for (const gibibytes of [10, 10, 12]) {
      const peaks = { denoising: { allocatedBytes: gibibytes * gib, reservedBytes: null, hostBytes: gib } };
      measurements.add(subject, saying(9 * gib), { seconds, peaks });
    }
    const told = summary(measurements.all()).find(({ phase }) => phase === 'denoising');
    expect(told).toMatchObject({ clips: 3, deviceBytes: 10 * gib, predictedDeviceBytes: 9 * gib });
  });

  it('never makes a figure of nonsense out of outliers', () => {
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

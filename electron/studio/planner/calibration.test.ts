import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CalibrationRun } from '../../../contract/plan.ts';
import type { RenderOrder, RenderOutcome } from '../../../contract/worker.ts';
import { findModel } from '../models/index.ts';
import { openStore, type Store } from '../storage/database.ts';
import { calibrate } from './calibrate.ts';
import { trialSteps, trials } from './calibration.ts';
import { catalogueModel, gib, machineOf, sixSeconds } from './machine.fixture.ts';
import { decide } from './plan.ts';
import { plannerOn, starter as query, resources } from './planner.fixture.ts';

describe('trials', () => {
  it('begin with the plan that a whole clip would be made by, in few steps, and are few', () => {
    const memory = fc.double({ min: 3, max: 32, noNaN: true });
    fc.assert(
      fc.property(memory, fc.boolean(), (room, compiler) => {
        const machine = machineOf('RTX 4090', room, 64, { compiler });
        const found = trials(machine, catalogueModel('cogvideox-5b'), sixSeconds);
        const decision = decide(machine, catalogueModel('cogvideox-5b'), sixSeconds);
        expect(found.length).toBeLessThanOrEqual(4);
        if (decision.kind === 'too-large') return;
        expect(found[0]?.way.plan).toEqual(decision.best.plan);
        const { seconds, stepSeconds } = found[0]?.way.prediction ?? { seconds: 0, stepSeconds: 0 };
        expect(seconds).toBeLessThan(decision.best.prediction.seconds);
        expect(stepSeconds).toBeCloseTo(decision.best.prediction.stepSeconds, 9);
      }),
      { numRuns: 30 },
    );
  });

  it('end with a faster one that is said not to fit, where it is said by little', () => {
    const model = catalogueModel('cogvideox-5b');
    // So little of the computer’s memory that not all can wait in it, page-locked: that would be nearly as fast.
    const host = 12;
    const resident = decide(machineOf('H100', 40, host), model, sixSeconds);
    if (resident.kind !== 'fits') throw new Error('it fits');
    const denoising = resident.best.prediction.phases.find(({ phase }) => phase === 'denoising');
    const justEnough = (denoising?.deviceNeed ?? 0) / gib;
    const last = (room: number) => trials(machineOf('H100', room, host), model, sixSeconds).at(-1);
    expect(last(justEnough * 0.95)?.expected).toBe('too-large');
    expect(last(justEnough / 2)?.expected).toBe('fits');
  });
});

describe('a calibration', () => {
  let folder: string;
  let store: Store;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'reelwright-calibration-'));
    store = openStore(join(folder, 'store.db'));
  });
  afterEach(async () => {
    store.close();
    await rm(folder, { recursive: true, force: true });
  });

  const gone = new AbortController();
  const outOfMemory = { cause: 'device-memory', phase: 'decoding', detail: '' } as const;
  const nobodyKnows = { requestedBytes: null, allocatedBytes: null, reservedBytes: null, freeBytes: null };

  async function calibrated(outcomeOf: (order: RenderOrder, signal: AbortSignal) => Promise<RenderOutcome>) {
    const planner = plannerOn(store, folder);
    const cuda = {
      kind: 'cuda',
      name: 'RTX 4090',
      capability: '8.9',
      totalBytes: 24 * gib,
      freeBytes: 22 * gib,
    } as const;
    const probe = { python: '', torch: '', diffusers: '', av: '', devices: [cuda] };
    planner.probed({ ...probe, operation: { kind: 'worked', device: 'cuda', seconds: 1 } }, 0);
    const found = await findModel([join(resources, 'models')], 'paper-world');
    if (found?.kind !== 'model') throw new Error('it comes with the studio');
    const heard: CalibrationRun[] = [];
    const orders: RenderOrder[] = [];
    const work = join(folder, 'work');
    const runs = await calibrate(
      {
        planner,
        folder: work,
        async render(order, onProgress, signal) {
          orders.push(order);
          // The folder is there, and takes what a worker writes.
          await writeFile(order.out, 'clip');
          for (const seconds of [9, 2, 2, 2])
            onProgress({ type: 'step', jobId: order.jobId, phase: 'denoising', step: 1, of: 4, seconds });
          return outcomeOf(order, signal);
        },
      },
      found.model,
      query,
      gone.signal,
      (run) => heard.push(run),
    );
    expect(runs).toEqual(heard);
    await expect(stat(work)).rejects.toThrow();
    expect(await readdir(folder)).not.toContain('work');
    return { planner, runs, orders };
  }

  const done = async ({ out, settings }: RenderOrder): Promise<RenderOutcome> => ({
    ...{ kind: 'done', file: out, bytes: 4, width: 256, height: 160, frames: 17, fps: 8, seed: 1, seconds: 12 },
    phaseSeconds: { loading: 1, encoding: 1, denoising: 2 * settings.steps, decoding: 3, finishing: 0.1 },
    phasePeaks: { denoising: { allocatedBytes: gib, reservedBytes: gib, hostBytes: gib } },
    ...{ kept: { kind: 'nothing' }, replanned: false },
  });

  it('measures plans in few steps, and what is said later rests on it', async () => {
    const { planner, runs, orders } = await calibrated(done);
    expect(orders.map(({ settings }) => settings.steps)).toEqual(orders.map(() => trialSteps));
    expect(runs[0]?.result).toMatchObject({ kind: 'measured', stepSeconds: 2 });
    const planned = await planner.for(query);
    expect(planned.kind === 'fits' && planned.prediction.basis).toBe('measured');
    expect(planner.measured().find(({ phase }) => phase === 'denoising')?.clips).toBe(runs.length);
  });

  it('begins anew where another one was killed', async () => {
    await mkdir(join(folder, 'work', '0'), { recursive: true });
    await writeFile(join(folder, 'work', '0', 'denoise-a.safetensors'), 'what it had made');
    const { runs } = await calibrated(async (order) => {
      expect(await readdir(order.folder)).toEqual(['clip.mp4']);
      return done(order);
    });
    expect(runs.length).toBeGreaterThan(0);
  });

  it('takes running out of memory for an answer, and goes on', async () => {
    const { runs, orders } = await calibrated(async (order) =>
      order.folder.endsWith('0') ? { kind: 'failed', failure: { ...outOfMemory, ...nobodyKnows } } : done(order),
    );
    expect(runs[0]?.result).toEqual({ kind: 'too-large', phase: 'decoding' });
    expect(orders.length).toBe(runs.length);
    expect(runs.length).toBeGreaterThan(1);
  });

  it('ends at what trying again would not mend', async () => {
    const failure = { cause: 'driver-lost', phase: 'denoising', detail: '' } as const;
    const { planner, runs, orders } = await calibrated(async () => ({ kind: 'failed', failure }));
    expect(orders).toHaveLength(1);
    expect(runs.map(({ result }) => result)).toEqual([{ kind: 'failed', failure }]);
    expect(planner.measured()).toEqual([]);
  });

  it('that is given up keeps what was measured until then', async () => {
    const { planner, runs } = await calibrated(async (order) =>
      order.folder.endsWith('0') ? done(order) : { kind: 'cancelled', phase: 'denoising', kept: { kind: 'nothing' } },
    );
    expect(runs).toHaveLength(1);
    expect(planner.measured().length).toBeGreaterThan(0);
  });
});

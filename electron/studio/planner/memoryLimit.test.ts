import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { memoryLimits } from '../../../contract/render.ts';
import { findModel } from '../models/index.ts';
import { openStore, type Store } from '../storage/database.ts';
import { gib, machineOf } from './machine.fixture.ts';
import { limited } from './machine.ts';
import { large, plannerOn, resources, starter } from './planner.fixture.ts';
import type { Planner } from './planner.ts';

const card = machineOf('NVIDIA GeForce RTX 4090', 22, 64, { totalBytes: 24 * gib, othersBytes: gib });

let folder: string;
let store: Store;
let planner: Planner;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'reelwright-limit-'));
  store = openStore(join(folder, 'store.db'));
  planner = plannerOn(store, folder, { memory: () => ({ totalBytes: 32 * gib, freeBytes: 24 * gib }) });
});
afterEach(() => {
  store.close();
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

describe('the limit of one clip', () => {
  it('is what the worker is kept to, with what its process takes beside', async () => {
    const free = await planner.for(large, card);
    const kept = await planner.for({ ...large, memoryLimit: 8 * gib }, card);
    if (!('plan' in free) || !('plan' in kept)) throw new Error('It does not fit.');
    expect(kept.plan.reserveFraction ?? 1).toBeLessThan(free.plan.reserveFraction ?? 0);
    expect((kept.plan.reserveFraction ?? 1) * 24 * gib).toBeLessThanOrEqual(7.6 * gib);
    expect(kept.prediction.deviceNeed).toBeLessThanOrEqual(7.6 * gib);
    expect(kept.prediction.seconds).toBeGreaterThan(free.prediction.seconds);
    expect(kept.room).toMatchObject({ deviceTotalBytes: 24 * gib });
  });

  it('that is too small says which one would do, and with that it fits', async () => {
    const planned = await planner.for({ ...large, memoryLimit: 2 * gib }, card);
    if (planned.kind !== 'too-large') throw new Error(planned.kind);
    const raised = planned.remedies.flatMap(({ change }) => (change.kind === 'memory-limit' ? [change.bytes] : []));
    expect(raised).toHaveLength(1);
    expect(['fits', 'tight']).toContain((await planner.for({ ...large, memoryLimit: raised[0] }, card)).kind);
    // What others hold of the card is not in the way.
    expect(planned.remedies.map(({ change }) => change.kind)).not.toContain('close-others');
  });

  it('counts for verdicts as well', async () => {
    const two = [large, { ...starter, memoryLimit: memoryLimits.min }];
    expect((await planner.verdicts(two)).map(({ kind }) => kind)).toContain('too-large');
    expect((await planner.verdicts([starter])).map(({ kind }) => kind)).toEqual(['fits']);
  });

  it('without a card is of the memory, and a clip that takes more is not begun', async () => {
    const found = await findModel([join(resources, 'models')], 'paper-world');
    if (found?.kind !== 'model') throw new Error('The starter model is gone.');
    const { model: _, ...shape } = starter;
    const settings = { ...found.model.defaults, ...shape, prompt: 'a', negativePrompt: '', image: null, seed: 1 };
    const job = { id: 'a', settings: { ...settings, width: 512, height: 512, frames: 49 } };
    expect((await planner.forJob(job, found.model)).kind).toBe('plan');
    expect(await planner.forJob({ ...job, memoryLimit: memoryLimits.min }, found.model)).toMatchObject({
      kind: 'failed',
      failure: { cause: 'bad-input', problem: 'memory-limit' },
    });
  });

  it('never gives more than there is', () => {
    fc.assert(
      fc.property(fc.integer({ min: memoryLimits.min, max: 64 * gib }), (limit) => {
        const { device, host } = limited(card, limit);
        if (device.kind !== 'cuda' || card.device.kind !== 'cuda') return false;
        expect(host).toEqual(card.host);
        return device.roomBytes <= card.device.roomBytes && device.roomBytes < limit;
      }),
    );
    expect(limited(card, undefined)).toBe(card);
  });
});

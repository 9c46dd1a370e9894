import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Model } from '../../../contract/model.ts';
import { type Shortcut, shortcutOf, shortcuts } from '../../../contract/shortcut.ts';
import { findModel } from '../models/index.ts';
import { openStore, type Store } from '../storage/database.ts';
import { uncorrected } from './corrections.ts';
import { catalogueModel, gib, machineOf, sixSeconds } from './machine.fixture.ts';
import { decide } from './plan.ts';
import { large, plannerOn, resources, starter } from './planner.fixture.ts';
import type { Planner } from './planner.ts';
import { goingOnWith } from './shortcuts.ts';

const model = catalogueModel('cogvideox-5b');
const card = machineOf('NVIDIA GeForce RTX 4090', 22, 64, { totalBytes: 24 * gib });
const anyShare = fc.constantFrom(
  null,
  { whole: 0.6, bare: 0.4 },
  { whole: 1.1, bare: 0.95 },
  { whole: 0.7, bare: 0.3 },
);
const anyMachine = fc.record({
  card: fc.constantFrom('RTX 3060', 'RTX 4090', 'GTX 1080', 'H100'),
  room: fc.double({ min: 1, max: 48, noNaN: true }),
  host: fc.double({ min: 4, max: 96, noNaN: true }),
  more: fc.record({
    ...{ sageAttention: fc.constantFrom(null, 0.6, 1.1), compiler: fc.boolean() },
    eightBitProducts: fc.record({ int8: anyShare, fp8: anyShare }),
  }),
});

let folder: string;
let store: Store;
let planner: Planner;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'reelwright-shortcut-'));
  store = openStore(join(folder, 'store.db'));
  planner = plannerOn(store, folder);
});
afterEach(() => {
  store.close();
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

it('all that is offered has a name, each its own', () => {
  fc.assert(
    fc.property(anyMachine, fc.integer({ min: 1, max: 60 }), ({ card: name, room, host, more }, steps) => {
      const { offered } = decide(machineOf(name, room, host, more), model, { ...sixSeconds, steps });
      const names = offered.map(({ plan }) => shortcutOf(plan));
      expect(names).not.toContain(null);
      expect(new Set(names).size).toBe(names.length);
    }),
    { numRuns: 100 },
  );
});

describe('what was begun with a shortcut', () => {
  it('goes on with it, whether it would be offered now or not, unless this machine cannot', () => {
    fc.assert(
      fc.property(
        anyMachine,
        fc.constantFrom(...shortcuts),
        fc.integer({ min: 1, max: 60 }),
        ({ card: name, room, host, more }, shortcut, steps) => {
          const machine = machineOf(name, room, host, more);
          const job = { ...sixSeconds, steps };
          const way = goingOnWith(shortcut, machine, model, job, uncorrected);
          if (way !== null) expect(shortcutOf(way.plan)).toBe(shortcut);
          const { offered } = decide(machine, model, job);
          const same = offered.find(({ plan }) => shortcutOf(plan) === shortcut);
          if (same !== undefined) expect(way).toEqual(same);
          if (shortcut === 'sage-attention' && more.sageAttention === null) expect(way).toBeNull();
          const { int8, fp8 } = more.eightBitProducts;
          if (shortcut === 'eight-bit-products') expect(way === null).toBe(int8 === null && fp8 === null);
        },
      ),
      { numRuns: 100 },
    );
  });
});

describe('the answer for a clip with a shortcut', () => {
  it('is of that way, with the exact one beside it', async () => {
    const exactly = await planner.for(large, card);
    const cached = await planner.for({ ...large, shortcut: 'cached-steps' }, card);
    if (!('plan' in exactly) || !('plan' in cached)) throw new Error('It does not fit.');
    expect(exactly.taken).toBeUndefined();
    expect(cached.plan).toEqual({ ...exactly.plan, steps: 'cached' });
    expect(cached.prediction.seconds).toBeLessThan(exactly.prediction.seconds);
    expect(cached.taken).toMatchObject({ shortcut: 'cached-steps', exact: { plan: exactly.plan } });
    expect(cached.offered.map(({ plan }) => plan)).toEqual(exactly.offered.map(({ plan }) => plan));
  });

  it('is of the exact one where that way is not on offer', async () => {
    const few = { ...large, steps: 8 };
    expect(await planner.for({ ...few, shortcut: 'cached-steps' }, card)).toEqual(await planner.for(few, card));
    const sage = await planner.for({ ...large, shortcut: 'sage-attention' }, card);
    expect(sage).toEqual(await planner.for(large, card));
  });
});

describe('the plan of a job', () => {
  let found: Model;
  beforeEach(async () => {
    const there = await findModel([join(resources, 'models')], 'paper-world');
    if (there?.kind !== 'model') throw new Error('The starter model is gone.');
    found = there.model;
  });
  const planOf = async (
    asked: { shortcut?: Shortcut; steps?: number },
    begun: { shortcut: Shortcut | null } | null = null,
  ) => {
    const { model: _, ...shape } = starter;
    const settings = { ...found.defaults, ...shape, prompt: 'a', negativePrompt: '', image: null, seed: 1 };
    const steps = asked.steps ?? settings.steps;
    const job = { id: 'a', settings: { ...settings, steps }, shortcut: asked.shortcut };
    const planned = await planner.forJob(job, found, begun);
    if (planned.kind === 'failed') throw new Error('It does not fit.');
    return planned.plan;
  };

  it('takes the shortcut that was asked for, and none unasked', async () => {
    const exact = await planOf({});
    expect(shortcutOf(exact)).toBeNull();
    expect(await planOf({ shortcut: 'cached-steps' })).toEqual({ ...exact, steps: 'cached' });
  });

  it('is the exact one where that is not on offer', async () => {
    expect(await planOf({ shortcut: 'cached-steps', steps: 8 })).toEqual(await planOf({ steps: 8 }));
    expect(await planOf({ shortcut: 'eight-bit-weights' })).toEqual(await planOf({}));
  });

  it('goes on as it was begun, with a shortcut or without', async () => {
    expect(shortcutOf(await planOf({ shortcut: 'cached-steps' }, { shortcut: null }))).toBeNull();
    const cached = { shortcut: 'cached-steps' } as const;
    expect(shortcutOf(await planOf({}, cached))).toBe('cached-steps');
    expect(shortcutOf(await planOf({ ...cached, steps: 8 }, cached))).toBe('cached-steps');
    // Of a card that is gone.
    expect(shortcutOf(await planOf({ shortcut: 'sage-attention' }, { shortcut: 'sage-attention' }))).toBeNull();
  });
});

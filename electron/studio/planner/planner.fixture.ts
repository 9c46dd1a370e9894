import { join } from 'node:path';
import type { PlanQuery } from '../../../contract/plan.ts';
import type { Probe } from '../../../contract/worker.ts';
import { findModel } from '../models/index.ts';
import type { Store } from '../storage/database.ts';
import type { CardNow } from './look.ts';
import { gib } from './machine.fixture.ts';
import { Planner, type PlannerOptions } from './planner.ts';

export const resources = join(import.meta.dirname, '../../../resources');

/** A planner that knows the models that come along and those in `folder`. */
export const plannerOn = (store: Store, folder: string, more: Partial<PlannerOptions> = {}): Planner =>
  new Planner({
    ...{ store, now: () => 1000, catalogue: join(resources, 'catalogue'), platform: 'linux' },
    findModel: (wanted) => findModel([join(resources, 'models'), folder], wanted),
    memory: () => ({ totalBytes: 64 * gib, freeBytes: 51 * gib }),
    ...more,
  });

export const starter: PlanQuery = { model: 'paper-world', width: 256, height: 160, frames: 17, steps: 16, guidance: 3 };
export const large: PlanQuery = { model: 'cogvideox-5b', width: 720, height: 480, frames: 49, steps: 50, guidance: 6 };

export const probe = (freeGib: number, works = true): Probe => ({
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
export const card = (usedGib: number | null, oursGib: number | null = 0): CardNow => ({
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

/** Any machine, model and clip that a plan may be asked for. */
import fc from 'fast-check';
import { knownCards } from './cards.ts';
import { catalogueModel } from './machine.fixture.ts';
import type { PlanJob } from './work.ts';

const models = ['cogvideox-2b', 'cogvideox-5b', 'cogvideox-5b-i2v', 'cogvideox-1.5-5b', 'cogvideox-1.5-5b-i2v'];

const anyCard = fc.constantFrom(...knownCards, 'NVIDIA GeForce RTX 9999', 'some card');
export const anyModel = fc.constantFrom(...models).map(catalogueModel);
export const anyJob = fc.record({
  width: fc.integer({ min: 4, max: 85 }).map((n) => 16 * n),
  height: fc.integer({ min: 4, max: 60 }).map((n) => 16 * n),
  frames: fc.integer({ min: 1, max: 20 }).map((n) => 8 * n + 1),
  steps: fc.integer({ min: 1, max: 100 }),
  guided: fc.boolean(),
  picture: fc.boolean(),
});
export const anyGrowth = fc.constantFrom(
  { frames: 16 },
  { width: 64 },
  { height: 64 },
  { steps: 3 },
  { frames: 8, width: 16, height: 16 },
);
export const grown = (
  job: PlanJob,
  by: { frames?: number; width?: number; height?: number; steps?: number },
): PlanJob => ({
  ...job,
  frames: job.frames + (by.frames ?? 0),
  width: job.width + (by.width ?? 0),
  height: job.height + (by.height ?? 0),
  steps: job.steps + (by.steps ?? 0),
});
export const anyRoom = fc.double({ min: 0.5, max: 96, noNaN: true });
export const anyHost = fc.double({ min: 2, max: 256, noNaN: true });
const cudnnAttention = fc.option(fc.double({ min: 0.3, max: 2, noNaN: true }));
const share = fc.double({ min: 0.2, max: 2, noNaN: true });
const anyShare = fc.option(fc.record({ whole: share, bare: share }));
const eightBitProducts = fc.record({ int8: anyShare, fp8: anyShare });
const anyMore = fc.record({
  ...{ compiler: fc.boolean(), kernels: fc.boolean() },
  sageAttention: fc.option(fc.double({ min: 0.3, max: 1.5, noNaN: true })),
  ...{ cudnnAttention, eightBitProducts },
});
export const anything = [anyCard, anyModel, anyJob, anyRoom, anyHost, anyMore] as const;

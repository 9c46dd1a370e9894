import type { Placement, Plan, SlabPlan } from '../../../contract/render.ts';

/** Steps that a crash may cost. */
export const stepsAtRisk = 5;

const resident: Placement = { kind: 'resident' };
const wholeMaps: SlabPlan = { slabRows: null, residentBytes: 0 };

/** Everything where it calculates, in one piece: the library's own way, whose very bits the tests demand. */
export const plainPlan = (device: Plan['device'], precision: Plan['precision']): Plan => ({
  device,
  precision,
  checkpointEverySteps: stepsAtRisk,
  placements: { textEncoder: resident, transformer: resident, vae: resident },
  storage: { transformer: 'same' },
  guidance: 'batched',
  attention: 'sdpa',
  compile: false,
  steps: 'all',
  decode: wholeMaps,
  encode: wholeMaps,
  pinnedBytes: 0,
  reserveFraction: null,
});

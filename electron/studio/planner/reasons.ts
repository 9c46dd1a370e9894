import type { PlanReason } from '../../../contract/plan.ts';
import type { Plan } from '../../../contract/render.ts';
import { isProducts } from '../../../contract/shortcut.ts';
import { calculatedSteps } from '../../../contract/stepCache.ts';
import { activationBytes, type DenoiseWay, fromDisk } from './candidates.ts';
import { decodeHostBytes, rowsFor, type Slabs, slabPixels } from './decodeMemory.ts';
import type { DecodeWay } from './decodeWays.ts';
import type { PlanMachine } from './machine.ts';
import { type PlanJob, passesOf, type Work } from './work.ts';

/**
 * From the exact picture of the starter model: one clip of 9 frames of 128x96 as they are written, 16 steps, by
 * `pytest -s -k offered` in python-sidecar; of larger ones docs/engine-plan.md tells. SageAttention, which a processor does
 * not have: the median of six clips of 17 frames on an H100.
 */
const distance = {
  int8: { decibels: { ddim: 36, dpm: 32 } },
  'int8-products': { decibels: { ddim: 33, dpm: 31 } },
  'fp8-products': { decibels: { ddim: 25, dpm: 26 } },
  sage: { decibels: { ddim: 37, dpm: 33 } },
  cached: { decibels: { ddim: 50, dpm: 30 } },
} as const;

/** Why the plan is as it is, the most telling first. `plainStep`: a step with the weights at hand. */
export function reasonsOf(found: {
  machine: PlanMachine;
  work: Work;
  plan: Plan;
  denoise: DenoiseWay;
  decode: DecodeWay;
  plainStep: number;
}): PlanReason[] {
  const { machine, work, plan, denoise, decode, plainStep } = found;
  const slower = Math.max(0, denoise.stepSeconds / plainStep - 1);
  const whole = denoise.weights;
  const reasons: PlanReason[] = [];
  const { transformer } = plan.placements;
  switch (transformer.kind) {
    case 'resident':
      reasons.push({ kind: 'all-resident' });
      break;
    case 'model-offload':
      reasons.push({ kind: 'in-turn' });
      break;
    case 'group-offload':
      reasons.push({ kind: 'streamed', bytes: whole, slower });
      break;
    case 'sequential':
      reasons.push({ kind: 'sequential', slower });
  }
  const fetched = transformer.kind === 'group-offload' || transformer.kind === 'sequential';
  const there = Math.max(denoise.pinned, denoise.copied);
  if (fetched && fromDisk(machine, whole, there, 1) > 0) {
    const rounds = plan.guidance === 'batched' ? 1 : passesOf(work.job);
    reasons.push({ kind: 'from-disk', bytes: rounds * (whole - there) });
  }
  const bytes = work.parameters.transformer.all * work.itemBytes - whole;
  const stored = plan.storage.transformer;
  if (stored === 'int8') reasons.push({ kind: 'eight-bit-weights', bytes, ...distance.int8 });
  if (isProducts(stored)) reasons.push({ kind: 'eight-bit-products', bytes, ...distance[stored] });
  if (plan.attention === 'sage') reasons.push({ kind: 'sage-attention', ...distance.sage });
  reasons.push(...stepsReasons(work.job, plan.steps));
  if (passesOf(work.job) === 2 && plan.guidance === 'sequential')
    reasons.push({ kind: 'guidance-in-turn', bytes: activationBytes(work, 1, plan.compile) });
  if (plan.compile) reasons.push({ kind: 'compiled' });
  const hostBytes = decodeHostBytes(work.decode, decode.slabs);
  const highest = rowsFor(work.decode, slabPixels[0] ?? 1);
  if (hostBytes > 0 || decode.slabs.rows < highest) reasons.push(slabsReason(work, decode.slabs, hostBytes));
  if (plan.precision === 'float32') reasons.push({ kind: 'float32' });
  return reasons;
}

export const stepsReasons = ({ steps: of }: PlanJob, steps: Plan['steps']): PlanReason[] =>
  steps === 'all' ? [] : [{ kind: 'cached-steps', calculated: calculatedSteps(of, steps), of, ...distance.cached }];

/** A slab that is no lower than the picture is all of it. */
export const slabsReason = ({ job }: Work, { rows }: Slabs, hostBytes: number): PlanReason => ({
  kind: 'slabs',
  rows: rows < job.height ? rows : null,
  hostBytes,
});

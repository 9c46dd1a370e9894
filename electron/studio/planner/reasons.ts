import type { PlanReason } from '../../../contract/plan.ts';
import type { Plan } from '../../../contract/render.ts';
import { activationBytes, type DecodeWay, type DenoiseWay, fromDisk } from './candidates.ts';
import { decodeHostBytes, rowsFor, type Slabs, slabPixels } from './decodeMemory.ts';
import type { PlanMachine } from './machine.ts';
import { passesOf, type Work } from './work.ts';

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
  const whole = work.parameters.transformer.all * work.itemBytes;
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
  if (plan.storage.transformer !== 'same')
    reasons.push({ kind: 'eight-bit-weights', bytes: whole - work.parameters.transformer.all });
  if (plan.attention === 'sage') reasons.push({ kind: 'sage-attention' });
  if (passesOf(work.job) === 2 && plan.guidance === 'sequential')
    reasons.push({ kind: 'guidance-in-turn', bytes: activationBytes(work, 1, plan.compile) });
  if (plan.compile) reasons.push({ kind: 'compiled' });
  const hostBytes = decodeHostBytes(work.decode, decode.slabs);
  const highest = rowsFor(work.decode, slabPixels[0] ?? 1);
  if (hostBytes > 0 || decode.slabs.rows < highest) reasons.push(slabsReason(work, decode.slabs, hostBytes));
  if (plan.precision === 'float32') reasons.push({ kind: 'float32' });
  return reasons;
}

/** A slab that is no lower than the picture is all of it. */
export const slabsReason = ({ job }: Work, { rows }: Slabs, hostBytes: number): PlanReason => ({
  kind: 'slabs',
  rows: rows < job.height ? rows : null,
  hostBytes,
});

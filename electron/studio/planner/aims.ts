import type { Failure } from '../../../contract/failure.ts';
import type { Resource } from '../../../contract/plan.ts';
import type { Phase, Plan } from '../../../contract/render.ts';
import type { Kept } from '../../../contract/worker.ts';

/** What must be otherwise in a plan that takes the place of one that failed. */
export type Aim =
  /** One of these phases takes less of it, and none of them more. */
  | { kind: 'less'; resource: Resource; suspects: readonly Phase[] }
  /** It calculates in another way, for the same picture. */
  | { kind: 'arithmetic' }
  /** Frames are decoded in one piece, or in slabs of another height. */
  | { kind: 'decode' }
  /** Without what the software around the card may fail at: the compiler, another kernel of attention than torch's. */
  | { kind: 'plainer' }
  | { kind: 'none' };

const none: Aim = { kind: 'none' };

/** Phases of weight that are still to run, going on from what is kept. */
export function phasesAhead(kept: Kept): Phase[] {
  switch (kept.kind) {
    case 'nothing':
      return ['encoding', 'denoising', 'decoding'];
    case 'embeddings':
    case 'checkpoint':
      return ['denoising', 'decoding'];
    case 'latents':
      return ['decoding'];
  }
}

/** Where it was loading nobody knows for which phase. */
function suspectsOf({ phase }: Failure, ahead: readonly Phase[]): readonly Phase[] {
  const at = phase === 'finishing' ? 'decoding' : phase;
  return at !== null && ahead.includes(at) ? [at] : ahead;
}

/** What is compiled is the denoiser, and attention is its: once it has run, that makes no difference. */
export const compiles = (plan: Plan, kept: Kept): boolean => plan.compile && phasesAhead(kept).includes('denoising');
/** By another kernel than torch's own; what SageAttention has begun belongs to another picture. */
export const attendsOtherwise = (plan: Plan, kept: Kept): boolean =>
  phasesAhead(kept).includes('denoising') &&
  (plan.attention === 'cudnn' || (plan.attention === 'sage' && kept.kind !== 'checkpoint'));

export function aimOf(failure: Failure, plan: Plan, kept: Kept): Aim {
  const special = compiles(plan, kept) || attendsOtherwise(plan, kept);
  const less = (resource: Resource): Aim => ({
    kind: 'less',
    resource: plan.device === 'cpu' ? 'host' : resource,
    suspects: suspectsOf(failure, phasesAhead(kept)),
  });
  switch (failure.cause) {
    case 'device-memory':
    case 'spill':
      return less('device');
    case 'host-memory':
      return less('host');
    case 'killed':
      if (failure.signal === 'SIGKILL') return less('host');
      return special ? { kind: 'plainer' } : less('device');
    case 'hang':
    case 'driver-lost':
      return special ? { kind: 'plainer' } : less('device');
    case 'bad-frames':
      return failure.problem === 'nan' || failure.problem === 'black' ? { kind: 'arithmetic' } : { kind: 'decode' };
    case 'internal':
      return special ? { kind: 'plainer' } : none;
    default:
      return none;
  }
}

/** What of a render is still to be done, in seconds, by a prediction of all of it. */
export function secondsAhead(
  prediction: { phases: readonly { phase: Phase; seconds: number }[] },
  kept: Kept,
  steps: number,
): number {
  const ahead = new Set<Phase>([...phasesAhead(kept), 'finishing']);
  const left = kept.kind === 'checkpoint' ? Math.max(0, 1 - kept.step / steps) : 1;
  return prediction.phases
    .filter(({ phase }) => ahead.has(phase))
    .reduce((sum, { phase, seconds }) => sum + (phase === 'denoising' ? left : 1) * seconds, 0);
}

import type { PhasePrediction, PlanBinding, PlanOption, PlanReason, Prediction } from '../../../contract/plan.ts';
import { type Phase, type Plan, phases } from '../../../contract/render.ts';
import type { Corrections } from './corrections.ts';

/** One way to make a clip, with what it takes. */
export interface Way {
  plan: Plan;
  prediction: Prediction;
  raw: RawPhases;
  reasons: PlanReason[];
  /** The phase that needs most of what there is. */
  binds: PlanBinding;
}

/** A way of which nobody has asked yet why. */
export type Thought = Omit<Way, 'reasons'> & { why: () => Way['reasons'] };
export const explained = ({ why, ...way }: Thought): Way => ({ ...way, reasons: why() });

/** The way beside another one. */
export const optionOf = ({ plan, prediction, reasons }: Way, moreSeconds: number): PlanOption => ({
  ...{ plan, prediction, reasons, moreSeconds },
});

/** Before what was measured here is reckoned in. */
export type RawPhases = Record<Phase, RawPhase>;
interface RawPhase extends Omit<PhasePrediction, 'phase'> {
  /** On top of its seconds; less of it where what was compiled is found again. */
  compileSeconds?: number;
}

/** The phases with what was learnt of them. */
export function predictionOf(
  raw: RawPhases,
  stepSeconds: number,
  corrections: Corrections,
  basis: Prediction['basis'],
): Prediction {
  const found = phases.map((phase): PhasePrediction => {
    const { seconds, compileSeconds = 0, deviceBytes, deviceNeed, hostBytes } = raw[phase];
    const ratio = corrections[phase];
    return {
      phase,
      seconds: seconds * ratio.seconds + compileSeconds * ratio.compiling,
      deviceBytes: deviceBytes === null ? null : Math.round(deviceBytes * ratio.device),
      deviceNeed: deviceNeed === null ? null : Math.round(deviceNeed * ratio.device),
      hostBytes: Math.round(hostBytes * ratio.host),
    };
  });
  const highest = (values: readonly (number | null)[]) =>
    values.some((value) => value === null) ? null : Math.max(...values.map((value) => value ?? 0));
  return {
    phases: found,
    seconds: found.reduce((sum, { seconds }) => sum + seconds, 0),
    stepSeconds,
    deviceNeed: highest(found.map(({ deviceNeed }) => deviceNeed)),
    hostBytes: Math.max(...found.map(({ hostBytes }) => hostBytes)),
    basis: corrections.denoising.measured ? 'measured' : basis,
  };
}

/** The phase and the resource of which the largest share is needed. */
export function bindingOf(prediction: Prediction, deviceRoom: number | null, hostRoom: number): PlanBinding {
  const all = prediction.phases.flatMap(({ phase, deviceNeed, hostBytes }): PlanBinding[] => [
    ...(deviceNeed === null || deviceRoom === null
      ? []
      : [{ phase, resource: 'device' as const, bytes: deviceNeed, available: deviceRoom }]),
    { phase, resource: 'host', bytes: hostBytes, available: hostRoom },
  ]);
  return all.reduce((one, other) => (load(other) > load(one) ? other : one));
}

/** What is asked for of a resource, as a share of what there is. */
export const load = ({ bytes, available }: PlanBinding): number => bytes / Math.max(available, 1);

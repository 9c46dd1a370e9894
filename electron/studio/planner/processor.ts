import type { ModelArchitecture } from '../../../contract/model.ts';
import type { PhasePrediction } from '../../../contract/plan.ts';
import type { Corrections } from './corrections.ts';
import type { PlanDevice, PlanMachine } from './machine.ts';
import { plainPlan } from './plain.ts';
import { bindingOf, predictionOf, type RawPhases, type Way } from './prediction.ts';
import { decodeSeconds, diskRate, passSeconds, pictureSeconds, textSeconds } from './speed.ts';
import { type PlanJob, passesOf, workOf } from './work.ts';

const gib = 2 ** 30;

/** What the worker takes without a model. */
const baseBytes = 0.6 * gib;
/** Whole maps that the library's decode has at once, of the size of the largest one. */
const maps = 9.5;
/** Activations of a denoiser, in tensors of the size of its input. */
const tensors = 14;

/** On the processor there is one way: everything in place, in float32, the library's own decode. */
export function planOnProcessor(
  machine: PlanMachine,
  device: Extract<PlanDevice, { kind: 'cpu' }>,
  architecture: ModelArchitecture,
  job: PlanJob,
  corrections: Corrections,
): Way {
  const work = workOf(architecture, job, 'float32');
  const prompts = passesOf(job);
  const { textEncoder, transformer, vae } = work.parameters;
  const numbers = textEncoder.all + transformer.all + transformer.positions + vae.encoder + vae.decoder;
  const weights = baseBytes + 4 * numbers;
  const step = passSeconds(device, work, prompts, false);
  const largest = Math.max(
    ...work.decode.stages.map(({ frames, height, width, inputs, outputs, kind }) =>
      kind === 'up' ? 0 : frames * height * width * Math.max(inputs, outputs),
    ),
  );
  const phase = (seconds: number, more: number): Omit<PhasePrediction, 'phase'> => ({
    ...{ seconds, deviceBytes: null, deviceNeed: null, hostBytes: weights + more },
  });
  const raw: RawPhases = {
    loading: phase(0.2 + (2 * numbers) / diskRate, 0),
    encoding: phase(textSeconds(device, work, prompts) + pictureSeconds(device, work), 0),
    denoising: phase(step * job.steps, tensors * prompts * work.tokens * work.width * 4),
    decoding: phase(decodeSeconds(device, work, null, null), maps * largest * 4),
    finishing: phase(0.1 + (job.width * job.height * job.frames) / 1e8, 0),
  };
  const prediction = predictionOf(raw, step * corrections.denoising.seconds, corrections, 'guessed');
  return {
    plan: plainPlan('cpu', 'float32'),
    prediction,
    raw,
    reasons: [{ kind: 'processor' }],
    binds: bindingOf(prediction, null, machine.host.roomBytes),
  };
}

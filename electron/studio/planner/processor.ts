import type { ModelArchitecture } from '../../../contract/model.ts';
import type { PhasePrediction } from '../../../contract/plan.ts';
import type { Plan } from '../../../contract/render.ts';
import { calculatedSteps } from '../../../contract/stepCache.ts';
import { cachedBytes } from './candidates.ts';
import type { Corrections } from './corrections.ts';
import { decodePeakBytes, type Slabs } from './decodeMemory.ts';
import type { PlanDevice, PlanMachine } from './machine.ts';
import { plainPlan } from './plain.ts';
import { bindingOf, predictionOf, type RawPhases, type Thought } from './prediction.ts';
import { slabsReason, stepsReasons } from './reasons.ts';
import { decodeSeconds, diskRate, passSeconds, pictureSeconds, textSeconds } from './speed.ts';
import { type PlanJob, passesOf, type Work, workOf } from './work.ts';

const gib = 2 ** 30;
const eager = { compile: false, attention: 'sdpa', storage: 'same' } as const;

/** What the worker takes without a model. */
const baseBytes = 0.6 * gib;
/** Whole maps that the library's decode has at once, of the size of the largest one: of live bytes, as measured. */
const maps = 15.4;
/** Activations of a denoiser, in tensors of the size of its input. */
const tensors = 14;
/** Into how many slabs a picture is divided. */
const divisions = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48];
/**
 * torch convolves by oneDNN what is large enough; the rest takes longer, and unfolds what a kernel of three frames, rows
 * and columns sees. In numbers of one column of a map.
 */
const smallest = 20_480;
const unfolding = 27;
/** What slabs cost either way, roughly. */
const slabFactors = { large: 1.3, small: 2.5 } as const;
/** Beside the bytes that a card would take: what oneDNN lays out in another order. Measured, with unfolding and without. */
const slabShares = { plain: 1.25, unfolded: 1.2, beside: 48 * 2 ** 20 } as const;
/** Half of the guidance at a time keeps fewer cores busy. */
const inTurn = 1.05;

/** Everything that decides how a render is carried out on a processor: all of it in float32, all of it in place. */
interface Manner {
  /** The text encoder's weights stay for the next clip. */
  textStays: boolean;
  guidance: Plan['guidance'];
  steps: Plan['steps'];
  /** Null: whole maps by the library. */
  decode: Slabs | null;
  encodeRows: number | null;
}

/** With the last latents at hand a worker that begins reads nothing but the decoder. */
type From = 'beginning' | 'latents';

/** A processor that a job is to be rendered on. */
export interface ProcessorContext {
  machine: PlanMachine;
  device: Extract<PlanDevice, { kind: 'cpu' }>;
  work: Work;
  corrections: Corrections;
}

export const processorContext = (
  machine: PlanMachine,
  device: Extract<PlanDevice, { kind: 'cpu' }>,
  architecture: ModelArchitecture,
  job: PlanJob,
  corrections: Corrections,
): ProcessorContext => ({ machine, device, work: workOf(architecture, job, 'float32'), corrections });

/**
 * Every way, the plain one first: with the library's own maps, whose very bits it gives. The others take less of the
 * computer's memory.
 */
export function processorWays(
  context: ProcessorContext,
  from: From = 'beginning',
  steps: Plan['steps'] = 'all',
): Thought[] {
  const { work } = context;
  const height = work.decode.stages.at(-1)?.height ?? 1;
  const heights = new Set(divisions.map((parts) => Math.ceil(height / parts)));
  const slabs = [...heights].map((rows) => ({ rows, residentBytes: work.decode.histories * work.itemBytes }));
  const guidances: Plan['guidance'][] = passesOf(work.job) === 2 ? ['batched', 'sequential'] : ['batched'];
  const encodes = work.encodeWork === null ? [null] : [null, Math.ceil(height / 8)];
  return [true, false].flatMap((textStays) =>
    guidances.flatMap((guidance) =>
      encodes.flatMap((encodeRows) =>
        [null, ...slabs].map((slab) =>
          processorWay(context, { textStays, guidance, steps, decode: slab, encodeRows }, from),
        ),
      ),
    ),
  );
}

/** What a plan takes here. */
export function processorPriced(context: ProcessorContext, plan: Plan, from: From): Thought {
  const { slabRows: rows, residentBytes } = plan.decode;
  const manner: Manner = {
    textStays: plan.placements.textEncoder.kind === 'resident',
    guidance: plan.guidance,
    steps: plan.steps,
    decode: rows === null ? null : { rows, residentBytes },
    encodeRows: plan.encode.slabRows,
  };
  return { ...processorWay(context, manner, from), plan };
}

function processorWay({ machine, device, work, corrections }: ProcessorContext, manner: Manner, from: From): Thought {
  const { job } = work;
  const prompts = passesOf(job);
  const { textEncoder, transformer, vae } = work.parameters;
  const numbers = textEncoder.all + transformer.all + transformer.positions + vae.encoder + vae.decoder;
  const all = baseBytes + 4 * numbers;
  const after = manner.textStays ? all : all - 4 * textEncoder.all;
  const decoder = from === 'latents' ? baseBytes + 4 * (vae.encoder + vae.decoder) : after;
  const atOnce = manner.guidance === 'batched' ? prompts : 1;
  const step = passSeconds(device, work, prompts, eager) * (atOnce < prompts ? inTurn : 1);
  const phase = (seconds: number, hostBytes: number): Omit<PhasePrediction, 'phase'> => ({
    ...{ seconds, deviceBytes: null, deviceNeed: null, hostBytes },
  });
  const decoding = decodeSeconds(device, work, null, null) * slowed(work, manner.decode);
  const raw: RawPhases = {
    loading: phase(0.2 + (2 * numbers) / diskRate, all),
    encoding: phase(textSeconds(device, work, prompts) + pictureSeconds(device, work), all + encodeBytes(work, manner)),
    denoising: phase(
      step * calculatedSteps(job.steps, manner.steps),
      after + tensors * atOnce * work.tokens * work.width * 4 + cachedBytes(work, manner.steps),
    ),
    decoding: phase(decoding, decoder + decodeBytes(work, manner)),
    finishing: phase(0.1 + (job.width * job.height * job.frames) / 1e8, after),
  };
  const prediction = predictionOf(raw, step * corrections.denoising.seconds, corrections, 'guessed');
  const plain = plainPlan('cpu', 'float32');
  return {
    plan: {
      ...plain,
      placements: manner.textStays ? plain.placements : { ...plain.placements, textEncoder: { kind: 'model-offload' } },
      guidance: manner.guidance,
      steps: manner.steps,
      decode:
        manner.decode === null
          ? plain.decode
          : { slabRows: manner.decode.rows, residentBytes: manner.decode.residentBytes },
      encode: manner.encodeRows === null ? plain.encode : { slabRows: manner.encodeRows, residentBytes: 0 },
    },
    prediction,
    raw,
    why: () => [
      { kind: 'processor' },
      ...stepsReasons(job, manner.steps),
      ...(manner.decode === null ? [] : [slabsReason(work, manner.decode, 0)]),
    ],
    binds: bindingOf(prediction, null, machine.host.roomBytes),
  };
}

function decodeBytes(work: Work, { decode }: Manner): number {
  if (decode !== null) {
    const { plain, unfolded, beside } = slabShares;
    return plain * decodePeakBytes(work.decode, decode) + unfolded * unfoldedBytes(work, decode.rows) + beside;
  }
  const largest = Math.max(
    ...work.decode.stages.map(({ frames, height, width, inputs, outputs, kind }) =>
      kind === 'up' ? 0 : frames * height * width * Math.max(inputs, outputs),
    ),
  );
  return maps * largest * 4;
}

const slowed = (work: Work, slabs: Slabs | null): number =>
  slabs === null ? 1 : unfoldedBytes(work, slabs.rows) > 0 ? slabFactors.small : slabFactors.large;

/** What a slab takes that is too low for oneDNN, the last one above all; 0 where none is. */
function unfoldedBytes({ decode, itemBytes }: Work, rows: number): number {
  const last = decode.stages.at(-1);
  if (last === undefined) return 0;
  const heights = [Math.min(rows, last.height), last.height % rows];
  const low = heights.filter((height) => height * last.frames * last.inputs <= smallest);
  return Math.max(0, ...low) * unfolding * last.frames * last.width * last.inputs * itemBytes;
}

/** One frame at its own size: in maps of the library, or three of them and slabs. */
function encodeBytes(work: Work, { encodeRows }: Manner): number {
  if (work.encodeWork === null) return 0;
  const last = work.decode.stages.at(-1);
  const map = last === undefined ? 0 : last.height * last.width * last.inputs * 4;
  return encodeRows === null ? maps * map : 4 * map;
}

import type { ModelArchitecture } from '../../../contract/model.ts';
import type { PhasePrediction } from '../../../contract/plan.ts';
import type { Plan } from '../../../contract/render.ts';
import type { Corrections } from './corrections.ts';
import { decodePeakBytes, rowsFor, type Slabs, slabPixels } from './decodeMemory.ts';
import type { PlanDevice, PlanMachine } from './machine.ts';
import { plainPlan } from './plain.ts';
import { bindingOf, predictionOf, type RawPhases, type Thought } from './prediction.ts';
import { decodeSeconds, diskRate, passSeconds, pictureSeconds, textSeconds } from './speed.ts';
import { type PlanJob, passesOf, type Work, workOf } from './work.ts';

const gib = 2 ** 30;

/** What the worker takes without a model. */
const baseBytes = 0.6 * gib;
/** Whole maps that the library's decode has at once, of the size of the largest one. */
const maps = 9.5;
/** Activations of a denoiser, in tensors of the size of its input. */
const tensors = 14;
/** What slabs of each of `slabPixels` cost on a processor, where nothing waits for anything. */
const slabFactor = 1.05;
/** Half of the guidance at a time keeps fewer cores busy. */
const inTurn = 1.05;

/** Everything that decides how a render is carried out on a processor: all of it in float32, all of it in place. */
interface Manner {
  /** The text encoder's weights stay for the next clip. */
  textStays: boolean;
  guidance: Plan['guidance'];
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
export function processorWays(context: ProcessorContext, from: From = 'beginning'): Thought[] {
  const { work } = context;
  const { decode } = work;
  const slabs = slabPixels.map((pixels) => ({ rows: rowsFor(decode, pixels), residentBytes: historyBytes(work) }));
  const guidances: Plan['guidance'][] = passesOf(work.job) === 2 ? ['batched', 'sequential'] : ['batched'];
  const encodes = work.encodeWork === null ? [null] : [null, rowsFor(decode, slabPixels.at(-1) ?? 1)];
  return [true, false].flatMap((textStays) =>
    guidances.flatMap((guidance) =>
      encodes.flatMap((encodeRows) =>
        [null, ...slabs].map((slab) => processorWay(context, { textStays, guidance, decode: slab, encodeRows }, from)),
      ),
    ),
  );
}

const historyBytes = ({ decode }: Work): number => decode.histories * decode.itemBytes;

/** What a plan takes here. */
export function processorPriced(context: ProcessorContext, plan: Plan, from: From): Thought {
  const { slabRows: rows, residentBytes } = plan.decode;
  const manner: Manner = {
    textStays: plan.placements.textEncoder.kind === 'resident',
    guidance: plan.guidance,
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
  const step = passSeconds(device, work, prompts, false) * (atOnce < prompts ? inTurn : 1);
  const phase = (seconds: number, hostBytes: number): Omit<PhasePrediction, 'phase'> => ({
    ...{ seconds, deviceBytes: null, deviceNeed: null, hostBytes },
  });
  const decoding = decodeSeconds(device, work, null, null) * (manner.decode === null ? 1 : slabFactor);
  const raw: RawPhases = {
    loading: phase(0.2 + (2 * numbers) / diskRate, all),
    encoding: phase(textSeconds(device, work, prompts) + pictureSeconds(device, work), all + encodeBytes(work, manner)),
    denoising: phase(step * job.steps, after + tensors * atOnce * work.tokens * work.width * 4),
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
      decode:
        manner.decode === null
          ? plain.decode
          : { slabRows: manner.decode.rows, residentBytes: manner.decode.residentBytes },
      encode: manner.encodeRows === null ? plain.encode : { slabRows: manner.encodeRows, residentBytes: 0 },
    },
    prediction,
    raw,
    why: () =>
      manner.decode === null
        ? [{ kind: 'processor' }]
        : [{ kind: 'processor' }, { kind: 'slabs', rows: manner.decode.rows, hostBytes: 0 }],
    binds: bindingOf(prediction, null, machine.host.roomBytes),
  };
}

function decodeBytes(work: Work, { decode }: Manner): number {
  if (decode !== null) return decodePeakBytes(work.decode, decode);
  const largest = Math.max(
    ...work.decode.stages.map(({ frames, height, width, inputs, outputs, kind }) =>
      kind === 'up' ? 0 : frames * height * width * Math.max(inputs, outputs),
    ),
  );
  return maps * largest * 4;
}

/** One frame at its own size: in maps of the library, or three of them and slabs. */
function encodeBytes(work: Work, { encodeRows }: Manner): number {
  if (work.encodeWork === null) return 0;
  const last = work.decode.stages.at(-1);
  const map = last === undefined ? 0 : last.height * last.width * last.inputs * 4;
  return encodeRows === null ? maps * map : 4 * map;
}

import type { ModelArchitecture } from '../../../contract/model.ts';
import type { Plan } from '../../../contract/render.ts';
import { decoderOf, type Parameters, parametersOf, precisionsOf, widthOf } from './architecture.ts';
import { type Decode, decodeOf } from './decodeMemory.ts';
import { batches, type Decoder, historyOf, type LatentSize, resultOf, type Stage, stagesOf } from './decoder.ts';

/** What is rendered, as far as it decides memory and time. */
export interface PlanJob {
  width: number;
  height: number;
  frames: number;
  steps: number;
  /** With guidance every step is calculated for the prompt and for the negative prompt. */
  guided: boolean;
  /** It starts from a picture. */
  picture: boolean;
}

/** Operations and bytes of one job with one model in one precision: nothing here depends on the machine. */
export interface Work {
  job: PlanJob;
  parameters: Parameters;
  precision: Plan['precision'];
  itemBytes: number;
  layers: number;
  textTokens: number;
  /** The text encoder's weights. */
  textBytes: number;
  /** Of one of its blocks. */
  textBlockBytes: number;
  /**
   * What the host holds of weights that are of another precision than their files: they are read into memory of their
   * own, where others are pages of the file. Models come in the first of their precisions.
   */
  copied: { text: number; denoiser: number };
  tokens: number;
  width: number;
  headWidth: number;
  /** Numbers of the latents. */
  latents: number;
  /** One pass of the denoiser for one of the two prompts. */
  pass: {
    /** Operations of matrix products with weights, and of attention. */
    linear: number;
    attention: number;
    /** Bytes of one tensor of activations, read or written once in every block. */
    traffic: number;
  };
  decode: Decode;
  decodeWork: ConvolutionWork;
  encodeWork: ConvolutionWork | null;
}

export interface ConvolutionWork {
  operations: number;
  /** Numbers that go into and come out of the convolutions. */
  numbers: number;
}

export const bytesOf: Record<Plan['precision'], number> = { float32: 4, bfloat16: 2, float16: 2 };

type Size = Pick<PlanJob, 'width' | 'height' | 'frames'>;

function latentsOf({ vae }: ModelArchitecture, { width, height, frames }: Size): LatentSize {
  const scale = 2 ** (vae.channels.length - 1);
  return {
    frames: Math.floor((frames - 1) / vae.framesPerLatent) + 1,
    width: Math.floor(width / scale),
    height: Math.floor(height / scale),
  };
}

/** Tokens that the denoiser sees, those of the text included. */
export function tokensOf(architecture: ModelArchitecture, size: Size): number {
  const { patch, patchFrames, textTokens } = architecture.transformer;
  const { frames, width, height } = latentsOf(architecture, size);
  return Math.ceil(frames / (patchFrames ?? 1)) * Math.ceil(width / patch) * Math.ceil(height / patch) + textTokens;
}

export function workOf(architecture: ModelArchitecture, job: PlanJob, precision: Plan['precision']): Work {
  const { transformer, vae } = architecture;
  const itemBytes = bytesOf[precision];
  const latents = latentsOf(architecture, job);
  const tokens = tokensOf(architecture, job);
  const width = widthOf(transformer);
  const { layers } = transformer;
  const decoder = decoderOf(architecture);
  const parameters = parametersOf(architecture);
  const { all, block } = parameters.textEncoder;
  const asTheyCome = precision === precisionsOf(architecture)[0];
  return {
    job,
    parameters,
    precision,
    itemBytes,
    layers,
    textBytes: all * itemBytes,
    textBlockBytes: block * itemBytes,
    copied: asTheyCome
      ? { text: 0, denoiser: 0 }
      : { text: all * itemBytes, denoiser: parameters.transformer.all * itemBytes },
    textTokens: transformer.textTokens,
    tokens,
    width,
    headWidth: transformer.headWidth,
    latents: vae.latentChannels * latents.frames * latents.height * latents.width,
    pass: {
      linear: tokens * 24 * layers * width ** 2,
      attention: 4 * layers * tokens ** 2 * width,
      traffic: tokens * width * itemBytes * layers,
    },
    decode: decodeOf(decoder, latents, itemBytes),
    decodeWork: decodeWork(decoder, latents),
    // An encoder has a block less to a level, and one frame is encoded.
    encodeWork: job.picture
      ? convolutions(stagesOf({ ...decoder, layers: vae.layersPerBlock }, { ...latents, frames: 1 }))
      : null,
  };
}

/** Both passes of a step, or the one. */
export const passesOf = (job: PlanJob): 1 | 2 => (job.guided ? 2 : 1);

/** All batches but the first are alike. */
function decodeWork(decoder: Decoder, latents: LatentSize): ConvolutionWork {
  const [first = 1, next, ...others] = batches(latents.frames);
  const of = (frames: number) => convolutions(stagesOf(decoder, { ...latents, frames }));
  const start = of(first);
  if (next === undefined) return start;
  const rest = of(next);
  const count = 1 + others.length;
  return { operations: start.operations + count * rest.operations, numbers: start.numbers + count * rest.numbers };
}

function convolutions(stages: readonly Stage[]): ConvolutionWork {
  let operations = 0;
  let numbers = 0;
  for (const stage of stages) {
    // Of an upsampling and its convolution, four small ones are made.
    const taps = stage.kind === 'up' ? 4 : 27;
    operations += 2 * taps * stage.inputs * resultOf(stage);
    numbers += resultOf(stage) + (stage.kind === 'up' ? resultOf(stage) / 4 : historyOf(stage) * (stage.frames / 2));
  }
  return { operations, numbers };
}

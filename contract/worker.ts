import { z } from 'zod';
import { Failure } from './failure.ts';
import { named } from './named.ts';
import { previewFields } from './preview.ts';
import { DeviceKind, Phase, PhasePeaks, PhaseSeconds, Plan, RenderSettings, Task } from './render.ts';

/**
 * The messages between the studio and its Python worker: JSON-RPC 2.0 with Content-Length framing.
 * Requests `render`, `probe`, `shutdown` go to the worker and `$/cancelRequest` cancels a render;
 * notifications `ready`, `heartbeat`, `progress` come from it.
 */
export const protocolVersion = 7;

export const Family = z.enum(['cogvideox']).meta({ id: 'Family' });
export type Family = z.infer<typeof Family>;

export const RenderOrder = named('RenderOrder', {
  jobId: z.string().min(1),
  /** Absolute folder for what must outlive the worker: embeddings, checkpoint, latents. It exists. */
  folder: z.string().min(1),
  /** Absolute folder for what later renders can use again: encoded prompts. Null for none. It need not exist. */
  cache: z.string().min(1).nullable(),
  model: named('ModelFolder', {
    /** Absolute path of an ordinary diffusers folder. */
    folder: z.string().min(1),
    family: Family,
    task: Task,
  }),
  settings: RenderSettings,
  plan: Plan,
  /** Absolute path of the clip. It appears there only when it is complete. */
  out: z.string().min(1),
  overwrite: z.boolean(),
  /** Written into the clip, so that it carries its own settings. */
  metadata: z.string(),
  /** Absolute path of a small still of the clip, written as WebP when the clip is done; null for none. */
  poster: z.string().min(1).nullable(),
  /** Frames with visible borders or flicker are taken as they are, instead of being a failure. */
  acceptFrames: z.boolean(),
  /** Whether previews are sent while denoising and decoding. */
  preview: z.boolean(),
});
export type RenderOrder = z.infer<typeof RenderOrder>;

/** What a resumed render could keep. */
export const Kept = z
  .discriminatedUnion('kind', [
    named('KeptNothing', { kind: z.literal('nothing') }),
    named('KeptEmbeddings', { kind: z.literal('embeddings') }),
    named('KeptCheckpoint', { kind: z.literal('checkpoint'), step: z.int().min(1) }),
    named('KeptLatents', { kind: z.literal('latents') }),
  ])
  .meta({ id: 'Kept' });
export type Kept = z.infer<typeof Kept>;

export const RenderOutcome = z
  .discriminatedUnion('kind', [
    named('RenderDone', {
      kind: z.literal('done'),
      file: z.string(),
      bytes: z.int().min(1),
      width: z.int(),
      height: z.int(),
      frames: z.int(),
      fps: z.int(),
      seed: z.int(),
      seconds: z.number(),
      phaseSeconds: PhaseSeconds,
      phasePeaks: PhasePeaks,
      /** Of the denoising's seconds, what compiling the denoiser took; nothing of it where it was not compiled. */
      compileSeconds: z.number().min(0).nullish(),
      kept: Kept,
      /** What was kept had been made under another plan: the clip may differ by rounding from one made in one go. */
      replanned: z.boolean(),
    }),
    named('RenderFailed', { kind: z.literal('failed'), failure: Failure }),
    named('RenderCancelled', { kind: z.literal('cancelled'), phase: Phase, kept: Kept }),
  ])
  .meta({ id: 'RenderOutcome' });
export type RenderOutcome = z.infer<typeof RenderOutcome>;

export const Progress = z
  .discriminatedUnion('type', [
    named('PhaseProgress', { type: z.literal('phase'), jobId: z.string(), phase: Phase, kept: Kept }),
    /** Step k of n of the denoising loop, or batch k of n of decoded frames. */
    named('StepProgress', {
      type: z.literal('step'),
      jobId: z.string(),
      phase: z.enum(['denoising', 'decoding']),
      step: z.int().min(1),
      of: z.int().min(1),
      seconds: z.number(),
      /** The denoiser did not run in it. */
      cached: z.boolean().nullish(),
    }),
    /** Safe on disk from here on: `kept` is what a resume would find. */
    named('SavedProgress', { type: z.literal('saved'), jobId: z.string(), kept: Kept }),
    /** The words of the prompt that the model never sees. */
    named('PromptCutProgress', {
      type: z.literal('prompt-cut'),
      jobId: z.string(),
      field: z.enum(['prompt', 'negativePrompt']),
      limit: z.int(),
      cut: z.string(),
    }),
    named('PreviewProgress', { type: z.literal('preview'), ...previewFields }),
  ])
  .meta({ id: 'Progress' });
export type Progress = z.infer<typeof Progress>;

/** Sent once, when everything that a render needs has been imported. */
export const Ready = named('Ready', {
  protocol: z.int(),
  pid: z.int(),
  python: z.string(),
  torch: z.string(),
  diffusers: z.string(),
  importSeconds: z.number(),
});
export type Ready = z.infer<typeof Ready>;

/** What the worker has of the computer's memory, which others could use if it left; absent where nobody knows. */
const HostBytes = z.int().min(0).nullish();

/** Sent every second by a thread that never runs torch. */
export const Heartbeat = named('Heartbeat', {
  beat: z.int().min(0),
  /** What the allocator holds of the card; null while no card is in use. */
  reservedBytes: z.int().min(0).nullable(),
  hostBytes: HostBytes,
});
export type Heartbeat = z.infer<typeof Heartbeat>;

export const Device = named('Device', {
  kind: DeviceKind,
  name: z.string(),
  /** For a card "8.9" and the like; null for the processor. */
  capability: z.string().nullable(),
  totalBytes: z.int().min(0),
  freeBytes: z.int().min(0),
});
export type Device = z.infer<typeof Device>;

/** What a denoiser's products take in eight bits, of what they take in half precision. */
export const ProductShare = named('ProductShare', {
  /** With all that is done around them, one thing after the other. */
  whole: z.number().min(0),
  /** Alone: a compiler puts the rest into a few kernels. */
  bare: z.number().min(0),
});
export type ProductShare = z.infer<typeof ProductShare>;

/** By the numbers that are multiplied, whole ones or floats. Null: it cannot. */
export const ProductShares = named('ProductShares', {
  int8: ProductShare.nullable(),
  fp8: ProductShare.nullable(),
});
export type ProductShares = z.infer<typeof ProductShares>;

/** What the software around a card can do there; each was tried. */
export const Abilities = named('Abilities', {
  /** The worker's own kernels: Triton made one and it ran. */
  kernels: z.boolean(),
  /** Blocks of a denoiser can be compiled. */
  compiler: z.boolean(),
  /** What attention by cuDNN takes, of what torch's own choice of a kernel takes; null: it cannot. */
  cudnnAttention: z.number().min(0).nullable(),
  /** The same of SageAttention, in eight bits; null: it is not installed, or cannot. */
  sageAttention: z.number().min(0).nullable(),
  eightBitProducts: ProductShares,
});
export type Abilities = z.infer<typeof Abilities>;

/** Answer to `probe`: what torch sees, and one real matrix product and convolution on the best device. */
export const Probe = named('Probe', {
  python: z.string(),
  torch: z.string(),
  diffusers: z.string(),
  av: z.string(),
  devices: z.array(Device),
  operation: z
    .discriminatedUnion('kind', [
      named('OperationWorked', { kind: z.literal('worked'), device: DeviceKind, seconds: z.number() }),
      named('OperationFailed', { kind: z.literal('failed'), device: DeviceKind, detail: z.string() }),
    ])
    .meta({ id: 'Operation' }),
  /** Of the first card; null without one, or where it could not calculate. */
  abilities: Abilities.nullish(),
  hostBytes: HostBytes,
});
export type Probe = z.infer<typeof Probe>;

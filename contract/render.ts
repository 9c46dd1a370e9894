import { z } from 'zod';
import { named } from './named.ts';

/** The phases of a render, in the order in which they run. */
export const phases = ['loading', 'encoding', 'denoising', 'decoding', 'finishing'] as const;
export const Phase = z.enum(phases).meta({ id: 'Phase' });
export type Phase = z.infer<typeof Phase>;

export const schedulers = ['ddim', 'dpm'] as const;
export const Scheduler = z.enum(schedulers).meta({ id: 'Scheduler' });
export type Scheduler = z.infer<typeof Scheduler>;

export const Task = z.enum(['text-to-video', 'image-to-video']).meta({ id: 'Task' });
export type Task = z.infer<typeof Task>;

export const DeviceKind = z.enum(['cpu', 'cuda']).meta({ id: 'DeviceKind' });
export type DeviceKind = z.infer<typeof DeviceKind>;

/** What the settings of a render may be, whatever the model. A model narrows them further. */
export const limits = {
  prompt: 4000,
  side: { min: 16, max: 2048 },
  frames: { min: 1, max: 481 },
  fps: { min: 1, max: 120 },
  steps: { min: 1, max: 500 },
  guidance: { min: 0, max: 50 },
  seed: { min: 0, max: 4_294_967_295 },
} as const;

const whole = (range: { min: number; max: number }) => z.int().min(range.min).max(range.max);

/** Everything that decides what a clip looks like. The same settings on the same device and plan give the same clip. */
export const RenderSettings = named('RenderSettings', {
  prompt: z.string().min(1).max(limits.prompt),
  negativePrompt: z.string().max(limits.prompt),
  /** Absolute path of the first frame for image-to-video. */
  image: z.string().min(1).nullable(),
  width: whole(limits.side),
  height: whole(limits.side),
  frames: whole(limits.frames),
  fps: whole(limits.fps),
  steps: whole(limits.steps),
  /** 1 or less renders without guidance: the negative prompt is then not used. */
  guidance: z.number().min(limits.guidance.min).max(limits.guidance.max),
  scheduler: Scheduler,
  seed: whole(limits.seed),
});
export type RenderSettings = z.infer<typeof RenderSettings>;

/** Where a component is while it works, and how it gets there. None of it changes a number. */
export const Placement = z
  .discriminatedUnion('kind', [
    /** On the device from the first time that it is needed until the render ends. */
    named('Resident', { kind: z.literal('resident') }),
    /** On the device as a whole, for its own phase only. */
    named('ModelOffload', { kind: z.literal('model-offload') }),
    /** In the host's memory; on the device a block (or a leaf) at a time, the next one on its way with a stream. */
    named('GroupOffload', {
      kind: z.literal('group-offload'),
      level: z.enum(['block', 'leaf']),
      stream: z.boolean(),
      /** With a stream: half as many groups again on the card or on their way to it, as `docs/engine-plan.md` has it. */
      recordStream: z.boolean(),
      /** What of the weights may be page-locked at once; at least two groups where there is a stream. */
      pinnedBytes: z.int().min(0),
    }),
    /** In the host's memory; every leaf goes to the device for its own calculation and back, one after the other. */
    named('Sequential', { kind: z.literal('sequential') }),
  ])
  .meta({ id: 'Placement' });
export type Placement = z.infer<typeof Placement>;

/** Encoding or decoding pictures in slabs of rows. */
export const SlabPlan = named('SlabPlan', {
  /** The height of a slab at the picture's own size; null: whole maps by the library, but decoded on a card what fits. */
  slabRows: z.int().min(1).nullable(),
  /** What of the convolutions' histories may stay on the device; the others wait in page-locked memory. */
  residentBytes: z.int().min(0),
});
export type SlabPlan = z.infer<typeof SlabPlan>;

/**
 * How a render is carried out on this machine. It never changes what the clip shows, beyond rounding, unless
 * `storage` is not the same as the weights' own, `attention` is not exact or `steps` are not all calculated.
 */
export const Plan = named('Plan', {
  device: DeviceKind,
  precision: z.enum(['float32', 'bfloat16', 'float16']).meta({ id: 'Precision' }),
  checkpointEverySteps: z.int().min(1),
  placements: named('Placements', { textEncoder: Placement, transformer: Placement, vae: Placement }),
  /**
   * The weights as they come; in whole numbers of eight bits with a scale for each row; or so that what they are
   * multiplied with is rounded to eight bits too, row by row, both to whole numbers or both to floats.
   */
  storage: named('Storage', {
    transformer: z.enum(['same', 'int8', 'int8-products', 'fp8-products']).meta({ id: 'StoredAs' }),
  }),
  /** Both halves of classifier-free guidance in one pass, or one after the other in half the memory. */
  guidance: z.enum(['batched', 'sequential']),
  /** Torch's own choice of an exact kernel, cuDNN's exact one, or SageAttention in eight bits. */
  attention: z.enum(['sdpa', 'cudnn', 'sage']).meta({ id: 'Attention' }),
  /** Whether the denoiser's blocks are compiled. */
  compile: z.boolean(),
  /**
   * Cached: in about every other step the denoiser does not run; what it would give follows from what it gave before.
   * Plans that were kept before there was such a thing say nothing of it.
   */
  steps: z.enum(['all', 'cached']).meta({ id: 'Steps' }).default('all'),
  decode: SlabPlan,
  encode: SlabPlan,
  /** All page-locked memory that the render may take at once. */
  pinnedBytes: z.int().min(0),
  /** The share of the card that this process may take; null: no limit of its own. */
  reserveFraction: z.number().gt(0).max(1).nullable(),
});
export type Plan = z.infer<typeof Plan>;

/**
 * The most that one clip may take, in bytes: of the card, or where there is none of the computer's memory. A matter of
 * this machine, and of no preset.
 */
export const memoryLimits = { min: 2 ** 30, max: 2 ** 40 } as const;
export const MemoryLimit = z.int().min(memoryLimits.min).max(memoryLimits.max);

/** Seconds spent in each phase that ran. */
export const PhaseSeconds = z.partialRecord(Phase, z.number().min(0));
export type PhaseSeconds = z.infer<typeof PhaseSeconds>;

/** The most that was taken at once in each phase that ran, in bytes. */
export const PhasePeaks = z.partialRecord(
  Phase,
  named('PhasePeak', {
    /** Of the device, by the allocator; null on the processor. */
    allocatedBytes: z.int().min(0).nullable(),
    reservedBytes: z.int().min(0).nullable(),
    /** Resident memory of the process; pages of mapped files are among it. */
    hostBytes: z.int().min(0),
  }),
);
export type PhasePeaks = z.infer<typeof PhasePeaks>;

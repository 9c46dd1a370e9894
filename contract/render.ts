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

/** How a render is carried out on this machine. It never changes what the clip shows, beyond rounding. */
export const Plan = named('Plan', {
  device: DeviceKind,
  precision: z.enum(['float32', 'bfloat16', 'float16']).meta({ id: 'Precision' }),
  checkpointEverySteps: z.int().min(1),
});
export type Plan = z.infer<typeof Plan>;

/** Seconds spent in each phase that ran. */
export const PhaseSeconds = z.partialRecord(Phase, z.number().min(0));
export type PhaseSeconds = z.infer<typeof PhaseSeconds>;

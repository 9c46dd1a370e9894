import { z } from 'zod';
import { named } from './named.ts';
import { limits, Scheduler, Task } from './render.ts';
import { Family } from './worker.ts';

const side = z.int().min(limits.side.min).max(limits.side.max);

/** What one gets without asking for anything else. */
const ModelDefaults = named('ModelDefaults', {
  width: side,
  height: side,
  frames: z.int().min(limits.frames.min).max(limits.frames.max),
  fps: z.int().min(limits.fps.min).max(limits.fps.max),
  steps: z.int().min(limits.steps.min).max(limits.steps.max),
  guidance: z.number().min(limits.guidance.min).max(limits.guidance.max),
  scheduler: Scheduler,
});

/** The shapes a model can make at all: sides a multiple of one number, frames a multiple of another plus one. */
const ModelShape = named('ModelShape', {
  sideMultiple: z.int().min(1),
  framesMultiple: z.int().min(1),
  maxFrames: z.int().min(1),
});

/** `reelwright.json` beside a model's model_index.json: what the studio knows of it, and the proof of its bytes. */
export const ModelManifest = named('ModelManifest', {
  version: z.literal(1),
  id: z.string().regex(/^[a-z0-9][a-z0-9.-]{0,63}$/),
  name: z.string().min(1).max(80),
  /** One sentence for people: what to expect of it. */
  note: z.string().max(400),
  licence: z.string().max(80),
  family: Family,
  task: Task,
  defaults: ModelDefaults,
  shape: ModelShape,
  files: z.array(
    z.object({
      path: z.string().regex(/^(?!.*\.\.)[A-Za-z0-9_][A-Za-z0-9_./-]*$/),
      bytes: z.int().min(0),
      sha256: z.string().regex(/^[0-9a-f]{64}$/),
    }),
  ),
});
export type ModelManifest = z.infer<typeof ModelManifest>;

/** A model that is present on this machine. */
export const Model = named('Model', {
  ...ModelManifest.omit({ version: true }).shape,
  folder: z.string().min(1),
  /** Files without a known hash were put there by the user: they are read, not vouched for. */
  verified: z.boolean(),
});
export type Model = z.infer<typeof Model>;

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
  /** Positions were learned for one size: its default is the only one that it makes. */
  fixedSize: z.boolean().optional(),
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

const count = z.int().min(1).max(1_000_000);

/** What of a CogVideoX model decides its memory and its work. Its folder's configuration files say it, or the catalogue. */
export const ModelArchitecture = named('ModelArchitecture', {
  transformer: z.object({
    layers: count,
    heads: count,
    headWidth: count,
    textTokens: count,
    textWidth: count,
    timeWidth: count,
    inChannels: count,
    outChannels: count,
    patch: count,
    /** Latent frames to a token; null: each has its own. */
    patchFrames: count.nullable(),
    rotary: z.boolean(),
    learnedPositions: z.boolean(),
    offsetWidth: count.nullable(),
    /** What it was trained with, in latents, and in frames. */
    sample: z.object({ width: count, height: count, frames: count }),
  }),
  vae: z.object({
    latentChannels: count,
    pictureChannels: count,
    /** From the finest level to the coarsest. */
    channels: z.array(count).min(1).max(8),
    layersPerBlock: count,
    framesPerLatent: count,
  }),
  textEncoder: z.object({
    layers: count,
    width: count,
    heads: count,
    headWidth: count,
    innerWidth: count,
    vocabulary: count,
    buckets: count,
    gated: z.boolean(),
  }),
});
export type ModelArchitecture = z.infer<typeof ModelArchitecture>;

/** A model that the studio knows of, present or not: `resources/catalogue/ID.json`. */
export const CatalogueModel = named('CatalogueModel', {
  ...ModelManifest.omit({ files: true }).shape,
  architecture: ModelArchitecture,
});
export type CatalogueModel = z.infer<typeof CatalogueModel>;

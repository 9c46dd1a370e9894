import { z } from 'zod';
import { limits, RenderSettings } from './render.ts';

/** What a preset may be before anything is read of it. */
export const presetLimits = {
  /** Bytes of the document as JSON in UTF-8, thumbnail included. */
  bytes: 256 * 1024,
  name: 80,
  author: 80,
  note: 2000,
  tags: 12,
  tag: 32,
  alternatives: 8,
  loras: 8,
  /** Characters of the thumbnail's base64. */
  thumbnail: 180_000,
  thumbnailSide: 512,
  /** Characters of a link, which chat programs cut when it is longer. */
  link: 2000,
  /** Presets in a pack, and its bytes. */
  pack: 64,
  packBytes: 16 * 2 ** 20,
} as const;

/** Surrogates without their other half cannot be written as UTF-8, so nothing could give them back. */
const text = (max: number) =>
  z
    .string()
    .max(max)
    .refine((value) => !/\p{Surrogate}/u.test(value), 'Text is well-formed Unicode.');
/** Small enough for a name in a file system, and never a path. */
const modelId = z.string().regex(/^[a-z0-9][a-z0-9.-]{0,63}$/);
const settings = RenderSettings.shape;

export const presetFormat = 'reelwright-preset';
/** A document of a later version carries besides, as `needs`, the first Reelwright that reads it: "1.4.0". */
export const presetVersion = 1;

/**
 * What people share: how to make clips of a kind. No path, no code, no address, and no memory plan, which is made for
 * the machine that renders. Unknown fields are refused. `docs/preset.schema.json` is made of this.
 */
export const PresetDocument = z.strictObject({
  format: z.literal(presetFormat),
  version: z.literal(presetVersion),
  name: text(presetLimits.name).min(1),
  author: text(presetLimits.author),
  note: text(presetLimits.note),
  tags: z.array(text(presetLimits.tag).min(1)).max(presetLimits.tags),
  /** The model it was made with, and others that it is known to suit, best first. */
  model: modelId,
  alternatives: z.array(modelId).max(presetLimits.alternatives),
  /** A template: `{subject}` is a slot to be filled in. Empty when the preset leaves the words alone. */
  prompt: text(limits.prompt),
  negativePrompt: text(limits.prompt),
  width: settings.width,
  height: settings.height,
  frames: settings.frames,
  fps: settings.fps,
  steps: settings.steps,
  guidance: settings.guidance,
  scheduler: settings.scheduler,
  seed: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('drawn') }),
    z.strictObject({ kind: z.literal('fixed'), value: settings.seed }),
  ]),
  /** By the hash of their bytes, whatever they are called here. */
  loras: z
    .array(
      z.strictObject({
        sha256: z.string().regex(/^[0-9a-f]{64}$/),
        name: text(80),
        weight: z.number().min(-4).max(4),
      }),
    )
    .max(presetLimits.loras),
  /** What matters more when both cannot be had. */
  wish: z.enum(['quality', 'balanced', 'speed']),
  /** A small WebP in base64. */
  thumbnail: z.base64().max(presetLimits.thumbnail).startsWith('UklGR').nullable(),
});
export type PresetDocument = z.infer<typeof PresetDocument>;

/** What fits into a link or a clip. */
export const BarePreset = PresetDocument.omit({ thumbnail: true });
export type BarePreset = z.infer<typeof BarePreset>;

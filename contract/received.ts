import { z } from 'zod';
import { ClipRecord } from './clipRecord.ts';
import { named } from './named.ts';
import { PresetDocument } from './preset.ts';
import { RenderSettings } from './render.ts';

/** What something came in. */
export const Carrier = z.enum(['file', 'link', 'text', 'pack', 'mp4', 'webm', 'png', 'webp']);
export type Carrier = z.infer<typeof Carrier>;

/** Why something that came in is not taken. Each has its sentence in every host. */
export const ReceiveProblem = z.discriminatedUnion('problem', [
  named('ReceivedNothing', { problem: z.literal('empty') }),
  /** Neither a preset, a pack, a clip nor a picture that Reelwright reads. */
  named('ReceivedUnknown', { problem: z.literal('unknown') }),
  /** A clip or picture like any other. */
  named('ReceivedBare', { problem: z.literal('no-settings'), carrier: Carrier }),
  named('ReceivedDamaged', { problem: z.literal('damaged'), carrier: Carrier }),
  /** Made by a later Reelwright; which one reads it, if it says so. */
  named('ReceivedNewer', { problem: z.literal('newer'), needs: z.string().nullable() }),
  /** `field` is a path as in `loras.0.sha256`, as it came: to be made visible before it is shown. */
  named('ReceivedField', {
    problem: z.literal('field'),
    field: z.string(),
    fault: z.enum(['unknown', 'missing', 'twice', 'invalid']),
  }),
  /** More of something than there may be; refused before anything was read. */
  named('ReceivedTooMuch', {
    problem: z.literal('limit'),
    limit: z.enum(['bytes', 'depth', 'values', 'text', 'presets', 'unpacked']),
    max: z.int(),
  }),
  /** A zip that is no pack: what about it is not as Reelwright writes packs. */
  named('ReceivedPack', {
    problem: z.literal('pack'),
    fault: z.enum(['name', 'twice', 'encrypted', 'method', 'overlap', 'disagreement', 'thumbnail']),
  }),
]);
export type ReceiveProblem = z.infer<typeof ReceiveProblem>;

const { shape } = RenderSettings;

/** Settings that another program wrote, as far as they mean something here; null is what did not. */
export const ForeignSettings = named('ForeignSettings', {
  maker: z.enum(['comfyui', 'a1111', 'wan2gp']),
  prompt: z.string().max(4000).nullable(),
  negativePrompt: shape.negativePrompt.nullable(),
  seed: shape.seed.nullable(),
  width: shape.width.nullable(),
  height: shape.height.nullable(),
  frames: shape.frames.nullable(),
  fps: shape.fps.nullable(),
  steps: shape.steps.nullable(),
  guidance: shape.guidance.nullable(),
});
export type ForeignSettings = z.infer<typeof ForeignSettings>;

/** What something turned out to be, by its content alone. Nothing of it is stored or applied. */
export const Received = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('preset'), document: PresetDocument, carrier: Carrier }),
  z.object({ kind: z.literal('pack'), documents: z.array(PresetDocument).min(1) }),
  z.object({ kind: z.literal('clip'), record: ClipRecord, carrier: Carrier }),
  z.object({ kind: z.literal('foreign'), settings: ForeignSettings, carrier: Carrier }),
  z.object({ kind: z.literal('refused'), problem: ReceiveProblem }),
]);
export type Received = z.infer<typeof Received>;

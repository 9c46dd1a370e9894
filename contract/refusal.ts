import { z } from 'zod';
import { named } from './named.ts';

/** Why a model cannot make a clip of these settings, and the nearest that it can. */
export const ShapeProblem = z.discriminatedUnion('kind', [
  /** The model makes this one size. */
  named('SizeProblem', { kind: z.literal('size'), width: z.int(), height: z.int() }),
  /** One side or both are no multiple of what the model works with; `nearest`: sizes that it makes. */
  named('SidesProblem', {
    kind: z.literal('sides'),
    width: z.int(),
    height: z.int(),
    multiple: z.int(),
    nearest: z.array(z.object({ width: z.int(), height: z.int() })),
  }),
  named('FramesProblem', {
    kind: z.literal('frames'),
    value: z.int(),
    multiple: z.int(),
    nearest: z.array(z.int()),
  }),
  named('LengthProblem', { kind: z.literal('length'), max: z.int() }),
  named('PictureNeeded', { kind: z.literal('picture-needed') }),
  named('PictureNotUsed', { kind: z.literal('picture-not-used') }),
]);
export type ShapeProblem = z.infer<typeof ShapeProblem>;

export const FolderProblem = z.enum(['relative', 'missing', 'not-a-folder', 'not-writable', 'full']);
export type FolderProblem = z.infer<typeof FolderProblem>;

export const PictureProblem = z.enum([
  'empty',
  'too-many-bytes',
  'not-a-picture',
  'cut-short',
  'too-many-pixels',
  'gone',
]);
export type PictureProblem = z.infer<typeof PictureProblem>;

/** Why something that was asked for is not done. Each has its sentence in every host. */
export const Refusal = z
  .discriminatedUnion('reason', [
    named('RefusedModel', { reason: z.literal('model-missing'), model: z.string(), present: z.array(z.string()) }),
    named('RefusedModelFolder', { reason: z.literal('model-unusable'), model: z.string(), sentence: z.string() }),
    named('RefusedShape', { reason: z.literal('shape'), model: z.string(), problem: ShapeProblem }),
    named('RefusedPicture', { reason: z.literal('picture'), problem: PictureProblem }),
    named('RefusedPrompt', { reason: z.literal('prompt-empty') }),
    named('RefusedPromptLength', { reason: z.literal('prompt-long'), max: z.int() }),
    /** Many clips at once: which line of the prompts (from 1), and which name in it. */
    named('RefusedBatch', {
      reason: z.literal('batch'),
      problem: z.enum(['nothing', 'too-many', 'template', 'slot', 'wildcard', 'long']),
      line: z.int().nullable(),
      name: z.string().nullable(),
    }),
    named('RefusedWildcards', { reason: z.literal('wildcards-full'), max: z.int() }),
    named('RefusedFolder', { reason: z.literal('folder'), path: z.string(), problem: FolderProblem }),
    /** The job or clip is not there, or is in a state in which this cannot be done. */
    named('RefusedJob', { reason: z.literal('job'), problem: z.enum(['gone', 'not-in-this-state']) }),
    named('RefusedClip', {
      reason: z.literal('clip'),
      problem: z.enum(['gone', 'file-gone', 'not-in-trash', 'in-use', 'collection-gone', 'name-taken', 'name-empty']),
    }),
    /** Golden ones stay as they are; what came in is looked at for a while only. */
    named('RefusedPreset', {
      reason: z.literal('preset'),
      problem: z.enum(['gone', 'golden', 'link-too-long', 'file-too-large', 'looked-away']),
    }),
    named('RefusedStorage', { reason: z.literal('storage'), problem: z.enum(['read-only', 'full', 'gone']) }),
    named('RefusedHost', { reason: z.literal('not-in-this-host') }),
  ])
  .meta({ id: 'Refusal' });
export type Refusal = z.infer<typeof Refusal>;

import { z } from 'zod';
import { named } from './named.ts';
import { RecoveryNote } from './recovery.ts';
import { PhaseSeconds, RenderSettings } from './render.ts';
import { Shortcut } from './shortcut.ts';

export const rating = { min: 0, max: 5 } as const;
export const Rating = z.int().min(rating.min).max(rating.max);
export const notesLimit = 4000;
export const Notes = z.string().max(notesLimit);

/** A clip of somebody else's may be larger or longer than what is rendered here. */
export const ClipSettings = named('ClipSettings', {
  ...RenderSettings.shape,
  width: z.int().min(1),
  height: z.int().min(1),
  frames: z.int().min(1),
  fps: z.number().positive(),
});

/** What a file that was not made here may leave open. Its shape and length are always known. */
export const uncertain = [
  'prompt',
  'negativePrompt',
  'model',
  'steps',
  'guidance',
  'scheduler',
  'seed',
  'picture',
] as const;
export const Uncertain = z.enum(uncertain);
export type Uncertain = z.infer<typeof Uncertain>;

/** A finished clip in the library. Its id is that of the job that made it. */
export const Clip = named('Clip', {
  id: z.string(),
  createdAt: z.int(),
  file: z.string(),
  /** The file was moved or deleted by somebody else. */
  missing: z.boolean(),
  bytes: z.int().min(0),
  model: z.string(),
  settings: ClipSettings,
  /** Settings that nobody knows; what stands in their place means nothing. For the prompt that is the file's name. */
  unknown: z.array(Uncertain),
  /** The program that made it, as its metadata say; null for Reelwright and where they say nothing. */
  maker: z.string().nullable(),
  seconds: z.number().min(0),
  phaseSeconds: PhaseSeconds,
  /** Failures that were met and mended on the way to it, oldest first. */
  recoveries: z.array(RecoveryNote),
  /** What was taken to make it; null where the picture is the exact one, or nobody knows. */
  shortcut: Shortcut.nullable(),
  /** Stars; 0 is without. */
  rating: Rating,
  notes: Notes,
  /** Ids of the collections that it is in. */
  collections: z.array(z.string()),
  /** When it was put into the trash (ms since 1970); null for those that are not there. */
  deletedAt: z.int().nullable(),
});
export type Clip = z.infer<typeof Clip>;

export const clipShapes = ['landscape', 'portrait', 'square'] as const;
export const ClipShape = z.enum(clipShapes);
export type ClipShape = z.infer<typeof ClipShape>;

/** Up to 2 s, up to 5 s, longer. */
export const clipLengths = ['short', 'middle', 'long'] as const;
export const ClipLength = z.enum(clipLengths);
export type ClipLength = z.infer<typeof ClipLength>;

export const ClipQuery = named('ClipQuery', {
  /** Every word of it must be in the prompt, the negative prompt, the notes or the model's name. */
  search: z.string().max(200),
  /** At least so many stars. */
  stars: Rating,
  /** Those in the trash, instead of those that are not. */
  deleted: z.boolean(),
  order: z.enum(['newest', 'oldest']),
  model: z.string().max(4096).nullable(),
  shape: ClipShape.nullable(),
  length: ClipLength.nullable(),
  /** Only those that began from a picture. */
  fromPicture: z.boolean(),
  collection: z.string().max(64).nullable(),
  /** Made in this time: from, and before (ms since 1970). */
  since: z.int().nullable(),
  before: z.int().nullable(),
});
export type ClipQuery = z.infer<typeof ClipQuery>;

/** The question that leaves nothing out but the trash. */
export const everyClip: ClipQuery = {
  ...{ search: '', stars: 0, deleted: false, order: 'newest', model: null, shape: null, length: null },
  ...{ fromPicture: false, collection: null, since: null, before: null },
};

export const ClipPage = named('ClipPage', { total: z.int(), offset: z.int(), clips: z.array(Clip) });
export type ClipPage = z.infer<typeof ClipPage>;

export const collectionName = z.string().trim().min(1).max(80);

export const Collection = named('Collection', { id: z.string(), name: z.string(), clips: z.int().min(0) });
export type Collection = z.infer<typeof Collection>;

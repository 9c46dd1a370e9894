import { z } from 'zod';
import { named } from './named.ts';
import { PhaseSeconds, RenderSettings } from './render.ts';

/** A finished clip in the library. Its id is that of the job that made it. */
export const Clip = named('Clip', {
  id: z.string(),
  createdAt: z.int(),
  file: z.string(),
  /** The file was moved or deleted by somebody else. */
  missing: z.boolean(),
  bytes: z.int().min(0),
  model: z.string(),
  settings: RenderSettings,
  seconds: z.number().min(0),
  phaseSeconds: PhaseSeconds,
  starred: z.boolean(),
  /** When it was put into the trash (ms since 1970); null for those that are not there. */
  deletedAt: z.int().nullable(),
});
export type Clip = z.infer<typeof Clip>;

export const ClipQuery = named('ClipQuery', {
  /** Every word of it must be in the prompt, the negative prompt or the model's name. */
  search: z.string().max(200),
  starred: z.boolean(),
  /** Those in the trash, instead of those that are not. */
  deleted: z.boolean(),
  order: z.enum(['newest', 'oldest']),
});
export type ClipQuery = z.infer<typeof ClipQuery>;

export const ClipPage = named('ClipPage', { total: z.int(), offset: z.int(), clips: z.array(Clip) });
export type ClipPage = z.infer<typeof ClipPage>;

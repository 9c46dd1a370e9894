import { z } from 'zod';
import { named } from './named.ts';
import { PresetDocument } from './preset.ts';
import { Received } from './received.ts';

/** `golden` ones come with the studio and stay as they are; `received` ones came from somebody else. */
export const PresetOrigin = z.enum(['golden', 'own', 'received']);
export type PresetOrigin = z.infer<typeof PresetOrigin>;

/** A preset that is kept here. */
export const Preset = named('Preset', {
  id: z.string().regex(/^[a-z0-9][a-z0-9.-]{0,63}$/),
  origin: PresetOrigin,
  /** Ms since 1970; 0 for the golden ones. */
  createdAt: z.int(),
  /** Its thumbnail is null here: pictures are served by `sitePaths.presetThumbnail`. */
  document: PresetDocument,
  /** Another word for every other picture; null when it has none. */
  thumbnail: z
    .string()
    .regex(/^[0-9a-f]{16}$/)
    .nullable(),
});
export type Preset = z.infer<typeof Preset>;

/** What can be changed of one; what is not named stays. */
export const PresetChange = PresetDocument.omit({ format: true, version: true, thumbnail: true }).partial();
export type PresetChange = z.infer<typeof PresetChange>;

/** Something that came in, to be looked at: nothing of it is kept or applied until that is asked for. */
export const ReceivedPreview = named('ReceivedPreview', { id: z.string(), received: Received });
export type ReceivedPreview = z.infer<typeof ReceivedPreview>;

/** In bytes: as much of a file as is looked at. Of a clip, everything but its frames. */
export const receiveLimit = 72 * 2 ** 20;

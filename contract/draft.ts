import { z } from 'zod';
import { named } from './named.ts';
import { MemoryLimit, RenderSettings } from './render.ts';
import { Shortcut } from './shortcut.ts';

/** A picture that was taken in: checked, upright, without transparency, kept by the hash of its bytes. */
export const PictureId = z.string().regex(/^[0-9a-f]{64}$/);

export const Picture = named('Picture', {
  id: PictureId,
  width: z.int().min(1),
  height: z.int().min(1),
  /** What was changed on the way in, to be told. */
  changes: z.array(z.enum(['turned-upright', 'first-frame-only', 'transparency-filled', 'made-smaller'])),
});
export type Picture = z.infer<typeof Picture>;

/** What a picture may be before anything is read of it. */
export const pictureLimits = { bytes: 64 * 2 ** 20, side: 16_384, pixels: 100_000_000 } as const;

/** Characters of a prompt while it is written: many lines, one clip each. */
export const draftPrompt = 200_000;

/** What Create asks for, and what it remembers. The seed is drawn when the job is made if it is null. */
export const Draft = named('Draft', {
  model: z.string().min(1),
  picture: PictureId.nullable(),
  ...RenderSettings.omit({ image: true, seed: true }).shape,
  /** May be empty while it is being written, and longer than a clip's while it stands for several. */
  prompt: z.string().max(draftPrompt),
  seed: RenderSettings.shape.seed.nullable(),
  /** Absent: as much as there is. */
  memoryLimit: MemoryLimit.optional(),
  /** Absent: the exact picture. */
  shortcut: Shortcut.optional(),
});
export type Draft = z.infer<typeof Draft>;

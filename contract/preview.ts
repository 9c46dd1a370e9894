import { z } from 'zod';
import { named } from './named.ts';
import { limits } from './render.ts';

/** Of a preview, and of a part of one. */
export const previewFields = {
  jobId: z.string(),
  /**
   * Of the denoising: what a step takes the clip to be, latents projected to colours, one picture a latent frame. Of the
   * decoding: frames of the clip itself, made small, one after the other.
   */
  phase: z.enum(['denoising', 'decoding']),
  /** Step k of n of the denoising, or batch k of n of decoded frames. */
  step: z.int().min(1),
  of: z.int().min(1),
  /** How many pictures of the same came before these; with 0 something else begins. */
  before: z.int().min(0),
  frames: z.int().min(1).max(limits.frames.max),
  width: z.int().min(1).max(512),
  height: z.int().min(1).max(512),
  /** `frames` x `height` x `width` x 3 bytes, in base64. */
  rgb: z.string().max(16_000_000),
};

export const Preview = named('Preview', previewFields);
export type Preview = z.infer<typeof Preview>;

/**
 * What is shown when `next` comes: that and what it goes on with. What it does not go on with stays as it is: of a part
 * that comes twice the second is left out, and so is one whose beginning nobody has.
 */
export function joined(shown: Preview | null, next: Preview): Preview | null {
  if (next.before === 0) return next;
  if (shown === null || !goesOn(shown, next)) return shown;
  // Three bytes a pixel are four letters, without anything to fill up: both texts in a row are the base64 of both.
  return { ...next, before: 0, frames: shown.frames + next.frames, rgb: shown.rgb + next.rgb };
}

const goesOn = (shown: Preview, next: Preview): boolean =>
  shown.jobId === next.jobId &&
  shown.phase === next.phase &&
  shown.frames === next.before &&
  shown.width === next.width &&
  shown.height === next.height;

import { z } from 'zod';
import { named } from './named.ts';
import { Shortcut } from './shortcut.ts';

/** What one kind of clip took on this machine: medians of the latest ones. Seconds; null where it was not seen. */
export const Pace = named('Pace', {
  model: z.string(),
  width: z.int(),
  height: z.int(),
  frames: z.int(),
  /** With guidance every step is calculated twice. */
  guided: z.boolean(),
  /** What was taken to make it. */
  shortcut: Shortcut.nullable(),
  /**
   * With all that lies between two clips: when the model was in memory already, and when another one or none was.
   */
  loadingWarm: z.number().nullable(),
  loadingCold: z.number().nullable(),
  encoding: z.number().nullable(),
  /** One step of the denoising in which the denoiser runs. */
  step: z.number(),
  decoding: z.number().nullable(),
  finishing: z.number().nullable(),
});
export type Pace = z.infer<typeof Pace>;

import { z } from 'zod';
import { BarePreset, type PresetDocument } from './preset.ts';
import { RecoveryNote } from './recovery.ts';
import { PhaseSeconds, RenderSettings } from './render.ts';
import { Shortcut } from './shortcut.ts';
import { asPromptTemplate } from './template.ts';

export const clipFormat = 'reelwright-clip';
export const clipVersion = 1;
/** The year 2100. What is written as a date must be one: there is none for every number. */
export const latestMoment = 4_102_444_800_000;
export const recordedRecoveries = 4;
const longestSeconds = 1e9;
/** As names of files these are devices on Windows. */
const device = /^(?:con|prn|aux|nul|com\d|lpt\d)$/;

/**
 * What every clip carries in itself: how to make more of its kind, and what its entry in the library is rebuilt from
 * when the files are all there is. Nothing of the machine that made it.
 */
export const ClipRecord = z.strictObject({
  format: z.literal(clipFormat),
  version: z.literal(clipVersion),
  /** The job's id. It becomes part of file names, so it is nothing but letters and digits. */
  job: z
    .string()
    .regex(/^[a-z0-9]{1,40}$/)
    .refine((id) => !device.test(id), 'The name of a device.'),
  /** When it was finished (ms since 1970). Clips from before this was written have null here and below. */
  createdAt: z.int().min(0).max(latestMoment).nullable(),
  /** Its prompt is the whole one that was rendered, empty where the clip was shared without its words. */
  preset: BarePreset,
  seed: RenderSettings.shape.seed,
  fromPicture: z.boolean(),
  seconds: z.number().min(0).max(longestSeconds).nullable(),
  phaseSeconds: PhaseSeconds.refine(
    (phases) => Object.values(phases).every((seconds) => seconds <= longestSeconds),
    'A phase ends within thirty years.',
  ),
  /** The latest failures that were mended on the way, oldest first; absent where there were none. */
  recoveries: z.array(RecoveryNote).min(1).max(recordedRecoveries).optional(),
  /** The picture is not the exact one: what was taken. */
  shortcut: Shortcut.optional(),
});
export type ClipRecord = z.infer<typeof ClipRecord>;

/** A preset that makes more clips like this one; with the same seed only where that is asked for. */
export function presetOfClip({ preset, seed }: ClipRecord, sameSeed = false): PresetDocument {
  return {
    ...preset,
    prompt: asPromptTemplate(preset.prompt),
    seed: sameSeed ? { kind: 'fixed', value: seed } : preset.seed,
    thumbnail: null,
  };
}

import { z } from 'zod';
import { type ClipRecord, clipFormat, clipVersion, recordedRecoveries } from '../../../contract/clipRecord.ts';
import type { Job } from '../../../contract/job.ts';
import type { Model } from '../../../contract/model.ts';
import { type BarePreset, presetFormat, presetVersion } from '../../../contract/preset.ts';
import type { RecoveryNote } from '../../../contract/recovery.ts';
import { RenderSettings } from '../../../contract/render.ts';
import type { Shortcut } from '../../../contract/shortcut.ts';
import { asciiJson } from './json.ts';

const empty = {
  ...{ format: clipFormat, version: clipVersion, createdAt: null, seconds: null, phaseSeconds: {} },
} as const satisfies Partial<ClipRecord>;

type Pictured = Omit<RenderSettings, 'image' | 'seed'>;

/** What a job's clip carries. When it was finished and how long it took is the worker's to add. */
export function clipRecord(
  job: Pick<Job, 'id' | 'settings'>,
  model: Pick<Model, 'id'>,
  made: { recoveries?: readonly RecoveryNote[]; shortcut?: Shortcut | null } = {},
): ClipRecord {
  const { image, seed, ...settings } = job.settings;
  const recoveries = (made.recoveries ?? []).slice(-recordedRecoveries);
  return {
    ...{ ...empty, job: job.id, preset: presetOf(settings, model.id), seed, fromPicture: image !== null },
    ...(recoveries.length > 0 ? { recoveries } : {}),
    ...(made.shortcut ? { shortcut: made.shortcut } : {}),
  };
}

/** The same as the text that the worker writes into the clip. */
export const clipComment = (...made: Parameters<typeof clipRecord>): string => asciiJson(clipRecord(...made));

/** The settings of the clip again, without the picture that it started from. The prompt may be empty. */
export function recordedSettings({ preset, seed }: ClipRecord): Omit<RenderSettings, 'image'> {
  const { prompt, negativePrompt, width, height, frames, fps, steps, guidance, scheduler } = preset;
  return { prompt, negativePrompt, width, height, frames, fps, steps, guidance, scheduler, seed };
}

/** The same without what its maker wrote in words: prompt, negative prompt, and the name where it is made of them. */
export function withoutWords<Document extends BarePreset>(document: Document): Document {
  const words = (text: string) => text.replaceAll('\\', '').replace(/\s+/g, ' ').trim();
  const named = words(document.prompt).startsWith(words(document.name.replace(/…$/, '')));
  return { ...document, prompt: '', negativePrompt: '', name: named ? document.model : document.name };
}

/** What clips of the first Reelwright carry. */
export const OldClip = z.strictObject({
  reelwright: z.literal(1),
  job: z.string(),
  model: z.string(),
  ...RenderSettings.omit({ image: true }).shape,
  fromPicture: z.boolean(),
});

/** The same in the form of today. */
export function fromOldClip({ reelwright: _, job, model, seed, fromPicture, ...settings }: z.infer<typeof OldClip>) {
  const preset = presetOf(settings, model);
  return { ...empty, job, preset, seed, fromPicture } satisfies ClipRecord;
}

const presetOf = (settings: Pictured, model: string): BarePreset => ({
  format: presetFormat,
  version: presetVersion,
  name: nameOf(settings.prompt, model),
  ...{ author: '', note: '', tags: [], model, alternatives: [] },
  ...settings,
  prompt: wellFormed(settings.prompt),
  negativePrompt: wellFormed(settings.negativePrompt),
  ...{ seed: { kind: 'drawn' }, loras: [], wish: 'balanced' },
});

/** The beginning of the prompt, or the model's name where there is none. */
function nameOf(prompt: string, model: string): string {
  const words = wellFormed(prompt).replace(/\s+/g, ' ').trim();
  const cut = words
    .slice(0, 59)
    .replace(/\p{Surrogate}$/u, '')
    .trimEnd();
  return words.length > 60 ? `${cut}…` : words || model;
}

/** Half of a pair of surrogates cannot be written as UTF-8. */
const wellFormed = (text: string): string => text.replace(/\p{Surrogate}/gu, '\ufffd');

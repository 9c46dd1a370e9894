import type { Clip } from '../../../contract/clip.ts';
import type { Draft } from '../../../contract/draft.ts';
import type { Job } from '../../../contract/job.ts';
import type { RenderSettings } from '../../../contract/render.ts';

/** Pictures that came in through the studio lie under the hash of their bytes. */
const ofTheStudio = /(?:^|[\\/])([0-9a-f]{64})\.png$/;

function draftOf(model: string, settings: RenderSettings, picture: string | null): Draft {
  const { image, ...rest } = settings;
  return { ...rest, model, picture: picture ?? (image === null ? null : (ofTheStudio.exec(image)?.[1] ?? null)) };
}

/** What Create would have to ask for to get the same again. */
export const draftOfJob = (job: Job): Draft => ({
  ...draftOf(job.model, job.settings, job.picture),
  memoryLimit: job.memoryLimit,
  shortcut: job.shortcut,
});
export const draftOfClip = (clip: Clip): Draft => draftOf(clip.model, clip.settings, null);

/** It began from a picture that the studio does not have: one of the command line's. */
export const lacksPicture = (draft: Draft, settings: RenderSettings): boolean =>
  settings.image !== null && draft.picture === null;

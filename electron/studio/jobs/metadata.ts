import type { Job } from '../../../contract/job.ts';
import type { Model } from '../../../contract/model.ts';

/** The settings that a clip carries in itself: enough to make it again, nothing about the machine it was made on. */
export function clipMetadata(job: Job, model: Model): string {
  const { image, ...settings } = job.settings;
  return JSON.stringify({ reelwright: 1, job: job.id, model: model.id, ...settings, fromPicture: image !== null });
}

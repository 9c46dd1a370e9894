import type { Job } from '../../../contract/job.ts';

export const jobOf = (id: string, change: Partial<Job> = {}): Job => ({
  id,
  createdAt: 0,
  updatedAt: 0,
  model: 'paper-world',
  settings: {
    prompt: `Prompt of ${id}`,
    negativePrompt: '',
    image: null,
    width: 96,
    height: 64,
    frames: 17,
    fps: 8,
    steps: 20,
    guidance: 6,
    scheduler: 'ddim',
    seed: 7,
  },
  out: `/clips/${id}.mp4`,
  overwrite: false,
  requestKey: id,
  position: 0,
  picture: null,
  state: { kind: 'queued', kept: { kind: 'nothing' } },
  ...change,
});

import type { Job } from '../../../contract/job.ts';
import { settingsOf } from '../render.fixture.ts';

export const jobOf = (id: string, change: Partial<Job> = {}): Job => ({
  id,
  createdAt: 0,
  updatedAt: 0,
  model: 'paper-world',
  settings: settingsOf(`Prompt of ${id}`),
  out: `/clips/${id}.mp4`,
  overwrite: false,
  requestKey: id,
  position: 0,
  picture: null,
  state: { kind: 'queued', kept: { kind: 'nothing' } },
  ...change,
});

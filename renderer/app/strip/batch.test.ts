import { expect, it } from 'vitest';
import type { Job, JobState } from '../../../contract/job.ts';
import { type Batch, batchAfter, clipOf, noBatch } from './batch.ts';

const job = (id: string, kind: 'queued' | 'loading'): Job => ({
  id,
  createdAt: 1,
  updatedAt: 1,
  model: 'paper-world',
  settings: {
    prompt: 'a',
    negativePrompt: '',
    image: null,
    width: 160,
    height: 96,
    frames: 17,
    fps: 8,
    steps: 4,
    guidance: 6,
    scheduler: 'ddim',
    seed: 1,
  },
  out: '/clip.mp4',
  overwrite: false,
  requestKey: id,
  position: 1,
  picture: null,
  state: (kind === 'queued' ? { kind, kept: { kind: 'nothing' } } : { kind }) satisfies JobState,
});

it('counts the clips of one run of the queue, and begins anew when it was empty', () => {
  let batch: Batch = noBatch;
  const two = [job('a', 'loading'), job('b', 'queued')];
  batch = batchAfter(batch, two, null);
  expect(clipOf(batch, two)).toEqual({ clip: 1, clips: 2 });
  const one = [job('b', 'loading')];
  batch = batchAfter(batch, one, 'a');
  expect(clipOf(batch, one)).toEqual({ clip: 2, clips: 2 });
  expect(batchAfter(batch, one, 'a')).toBe(batch);
  batch = batchAfter(batch, [], 'b');
  batch = batchAfter(batch, [job('c', 'loading')], 'b');
  expect(clipOf(batch, [job('c', 'loading')])).toEqual({ clip: 1, clips: 1 });
});

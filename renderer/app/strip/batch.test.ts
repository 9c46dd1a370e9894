import { expect, it } from 'vitest';
import { type Batch, batchAfter, clipOf, noBatch } from './batch.ts';

it('counts the clips of one run of the queue, and begins anew when it was empty', () => {
  let batch: Batch = noBatch;
  batch = batchAfter(batch, 2, null);
  expect(clipOf(batch, 2)).toEqual({ clip: 1, clips: 2 });
  batch = batchAfter(batch, 1, 'a');
  expect(clipOf(batch, 1)).toEqual({ clip: 2, clips: 2 });
  expect(batchAfter(batch, 1, 'a')).toBe(batch);
  batch = batchAfter(batch, 0, 'b');
  batch = batchAfter(batch, 1, 'b');
  expect(clipOf(batch, 1)).toEqual({ clip: 1, clips: 1 });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Phase } from '../../contract/render.ts';
import { cannotFence, type Fence, fences, ShortOfMemory } from './hostMemory.ts';

const hard: Record<Fence, Phase> = { 'address space': 'decoding', 'control group': 'denoising' };

describe.skipIf(process.platform !== 'linux')(
  'a worker that gets less memory than it needs',
  { timeout: 300_000 },
  () => {
    let short: ShortOfMemory;
    beforeAll(async () => {
      short = await ShortOfMemory.make();
    }, 300_000);
    afterAll(() => short.remove());

    describe.each(fences)('by its %s', (fence) => {
      it.skipIf(cannotFence(fence) !== null)('is known to be, and the clip is made with more', async () => {
        const { wrong, causes } = await short.survive(fence, hard[fence]);
        expect(wrong).toEqual([]);
        expect(causes.length).toBeGreaterThan(0);
      });
    });
  },
);

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { decodeOf, rowsFor, slabBound, slabBytes, slabPixels } from './decodeMemory.ts';

const decoder = { latent: 16, channels: [512, 256, 256, 128], layers: 4, doublings: 2, pictures: 3 };
const side = fc.integer({ min: 4, max: 128 }).map((n) => 2 * n);

it('the bound is never under what the worker reckons, and never less for a larger video', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 20 }).map((n) => 2 * n + 1),
      ...([side, side] as const),
      fc.constantFrom(...slabPixels),
      fc.constantFrom([2, 0, 0], [0, 2, 0], [0, 0, 2], [2, 4, 8]),
      (frames, height, width, pixels, [longer = 0, higher = 0, wider = 0]) => {
        const decode = decodeOf(decoder, { frames, height, width }, 2);
        const larger = decodeOf(decoder, { frames: frames + longer, height: height + higher, width: width + wider }, 2);
        const bound = slabBound(decode, pixels);
        expect(bound * (1 + 1e-9)).toBeGreaterThanOrEqual(slabBytes(decode, rowsFor(decode, pixels)));
        expect(slabBound(larger, pixels)).toBeGreaterThanOrEqual(bound);
      },
    ),
    { numRuns: 500 },
  );
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { limits } from '../../../contract/render.ts';
import { modelLike } from './model.fixture.ts';
import { allowedFrames, lengthsOf, sideRange, sizesOf, stepsRange } from './shape.ts';

const anyModel = fc
  .record({
    sideMultiple: fc.constantFrom(8, 16, 32, 64),
    framesMultiple: fc.constantFrom(4, 8),
    maxFrames: fc.integer({ min: 9, max: 481 }),
    width: fc.integer({ min: 64, max: 1360 }),
    height: fc.integer({ min: 64, max: 1360 }),
  })
  .map(({ sideMultiple, framesMultiple, maxFrames, width, height }) =>
    modelLike({ shape: { sideMultiple, framesMultiple, maxFrames }, defaults: { width, height } }),
  );

describe('sizes', () => {
  it('offers the starter model four that it can make', () => {
    expect(sizesOf(modelLike({}))).toEqual([
      { kind: 'landscape', width: 256, height: 160 },
      { kind: 'portrait', width: 160, height: 256 },
      { kind: 'square', width: 208, height: 208 },
      { kind: 'wide', width: 304, height: 128 },
    ]);
  });

  it('offers a model of one size that one', () => {
    const shape = { sideMultiple: 16, framesMultiple: 8, maxFrames: 49, fixedSize: true };
    expect(sizesOf(modelLike({ shape }))).toEqual([{ kind: 'landscape', width: 256, height: 160 }]);
  });

  it('offers any model only what it can make, and nothing twice', () => {
    fc.assert(
      fc.property(anyModel, (model) => {
        const sizes = sizesOf(model);
        const { min, max, step } = sideRange(model);
        for (const side of sizes.flatMap(({ width, height }) => [width, height])) {
          expect(side % step).toBe(0);
          expect(side).toBeGreaterThanOrEqual(min);
          expect(side).toBeLessThanOrEqual(max);
        }
        expect(new Set(sizes.map(({ width, height }) => `${width}x${height}`)).size).toBe(sizes.length);
      }),
    );
  });
});

describe('lengths', () => {
  it('are those of the model, without a still', () => {
    expect(lengthsOf(modelLike({}))).toEqual([9, 17]);
  });

  it('have one nearest to whatever is asked for', () => {
    fc.assert(
      fc.property(anyModel, fc.integer({ min: 1, max: 500 }), (model, asked) => {
        const frames = allowedFrames(model, asked);
        expect((frames - 1) % model.shape.framesMultiple).toBe(0);
        expect(frames).toBeLessThanOrEqual(Math.min(model.shape.maxFrames, limits.frames.max));
      }),
    );
  });
});

describe('steps', () => {
  it('reach from a quarter to twice of what the model is made for', () => {
    expect(stepsRange(modelLike({}), 16)).toEqual({ min: 4, max: 32 });
  });

  it('include what is asked for', () => {
    expect(stepsRange(modelLike({}), 2)).toEqual({ min: 2, max: 32 });
    expect(stepsRange(modelLike({}), 100)).toEqual({ min: 4, max: 100 });
  });
});

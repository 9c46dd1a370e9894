import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Model } from '../../../contract/model.ts';
import { nearest, nearestSizes, shapeProblem, shapeSentence } from './shape.ts';

const model: Model = {
  id: 'm',
  name: 'Toy',
  note: '',
  licence: '',
  family: 'cogvideox',
  task: 'text-to-video',
  defaults: { width: 256, height: 160, frames: 17, fps: 8, steps: 20, guidance: 3, scheduler: 'ddim' },
  shape: { sideMultiple: 16, framesMultiple: 8, maxFrames: 49 },
  files: [],
  folder: '/m',
  verified: true,
};
const settings = { ...model.defaults, hasPicture: false };
const sentenceOf = (asked: Model, wanted: Parameters<typeof shapeProblem>[1]) => {
  const problem = shapeProblem(asked, wanted);
  return problem && shapeSentence(asked, problem);
};

describe('what a model can make', () => {
  it('accepts its own defaults', () => expect(shapeProblem(model, settings)).toBeNull());

  it.each([
    [
      { width: 250 },
      'Toy makes clips whose width and height are multiples of 16. The nearest to 250x160: 240x160 or 256x160.',
    ],
    [
      { width: 700, height: 500 },
      'Toy makes clips whose width and height are multiples of 16. The nearest to 700x500: 688x496 or 704x512.',
    ],
    [
      { height: 17 },
      'Toy makes clips whose width and height are multiples of 16. The nearest to 256x17: 256x16 or 256x32.',
    ],
    [{ frames: 16 }, 'Toy makes clips of a multiple of 8 frames plus one. The nearest to 16: 9 or 17.'],
    [{ frames: 81 }, 'Toy makes clips of at most 49 frames. Ask for 49 or fewer.'],
    [{ hasPicture: true }, 'Toy starts from words. To start from a picture choose an image-to-video model.'],
  ])('names what it can make instead of %j', (change, sentence) => {
    expect(sentenceOf(model, { ...settings, ...change })).toBe(sentence);
  });

  it('names the one size of a model that has but one', () => {
    const one: Model = { ...model, shape: { ...model.shape, fixedSize: true } };
    expect(sentenceOf(one, settings)).toBeNull();
    for (const change of [{ width: 160, height: 256 }, { width: 250 }])
      expect(sentenceOf(one, { ...settings, ...change })).toBe(
        'Toy makes clips of 256x160 alone. Ask for that size, or choose another model.',
      );
  });

  it('asks for the picture that a model needs', () => {
    expect(sentenceOf({ ...model, task: 'image-to-video' }, settings)).toMatch(/starts from a picture/);
  });

  it('only ever proposes what is accepted', () => {
    const sides = fc.integer({ min: 16, max: 2048 });
    fc.assert(
      fc.property(sides, sides, fc.constantFrom(8, 16, 30, 32), (width, height, sideMultiple) => {
        const shape = { ...model.shape, sideMultiple };
        const near = nearestSizes(width, height, sideMultiple);
        expect(near.length).toBeGreaterThan(0);
        for (const size of near) {
          expect(shapeProblem({ ...model, shape }, { ...settings, ...size })).toBeNull();
          expect(Math.abs(size.width - width)).toBeLessThan(2 * sideMultiple);
          expect(Math.abs(size.height - height)).toBeLessThan(2 * sideMultiple);
        }
      }),
    );
    fc.assert(
      fc.property(sides, fc.constantFrom(8, 16, 32), (value, multiple) => {
        const near = nearest(value, multiple, 0, 16, 2048);
        return (
          near.length > 0 &&
          near.every((n) => n % multiple === 0 && n >= 16 && n <= 2048 && Math.abs(n - value) <= multiple)
        );
      }),
    );
  });
});

import { describe, expect, it } from 'vitest';
import { Draft } from '../../../contract/draft.ts';
import { limits } from '../../../contract/render.ts';
import { cut, draftFor, firstModel, mended, obstacle, withModel, withoutPicture, withPicture } from './drafting.ts';
import { modelLike } from './model.fixture.ts';

const words = modelLike({});
const pictures = modelLike({ id: 'paper-world-i2v', task: 'image-to-video' });
const large = modelLike({
  id: 'cogvideox-5b',
  shape: { sideMultiple: 16, framesMultiple: 8, maxFrames: 49 },
  defaults: { width: 720, height: 480, frames: 49, steps: 50 },
});
const models = [pictures, large, words];
const picture = 'a'.repeat(64);
const draft = { ...draftFor(words), prompt: 'a red kite', seed: 7, steps: 12 };

describe('a draft', () => {
  it('begins with a model that works from words', () => {
    expect(firstModel(models)?.id).toBe('cogvideox-5b');
    expect(firstModel([pictures])?.id).toBe('paper-world-i2v');
    expect(firstModel([])).toBeNull();
    expect(Draft.parse(draftFor(words))).toEqual(draftFor(words));
  });

  it('goes to a sister of its model with a picture, keeping what was set, and back without one', () => {
    const with_ = withPicture(draft, picture, models);
    expect(with_).toEqual({ ...draft, model: 'paper-world-i2v', picture });
    expect(withoutPicture(with_, models, 'paper-world')).toEqual(draft);
    expect(withoutPicture(with_, models, null).model).toBe('paper-world');
  });

  it('goes to a sister that makes one size alone in that size', () => {
    const fixed = modelLike({ ...large, id: 'cogvideox-5b-i2v', task: 'image-to-video' });
    const only = { ...fixed, shape: { ...fixed.shape, fixedSize: true } };
    const asked = { ...draftFor(large), width: 480, height: 720, steps: 12 };
    expect(withPicture(asked, picture, [large, only])).toEqual({
      ...asked,
      model: only.id,
      picture,
      width: 720,
      height: 480,
    });
    expect(mended({ ...draftFor(only), width: 480 }, [only])).toEqual(draftFor(only));
  });

  it('keeps the picture where no model can use it, and says so', () => {
    const kept = withPicture(draft, picture, [words]);
    expect(kept).toEqual({ ...draft, picture });
  });

  it('takes the settings of another kind of model, and keeps words and seed', () => {
    expect(withModel(draft, large)).toMatchObject({ width: 720, steps: 50, prompt: 'a red kite', seed: 7 });
  });

  it('is mended for the models that are there', () => {
    expect(mended(draft, models)).toBe(draft);
    expect(mended({ ...draft, model: 'gone' }, models).model).toBe('cogvideox-5b');
    expect(mended({ ...draft, model: 'gone', picture }, models)).toMatchObject({ model: 'paper-world-i2v', picture });
    expect(mended({ ...draft, width: 250, frames: 49 }, models)).toMatchObject({ width: 256, frames: 17 });
    expect(mended({ ...draft, model: 'gone' }, []).model).toBe('gone');
  });
});

describe('what stands against adding it', () => {
  it.each([
    ['nothing', draft, words, null],
    ['no words', { ...draft, prompt: ' \n ' }, words, 'prompt-empty'],
    ['10,000 characters', { ...draft, prompt: 'x'.repeat(10_000) }, words, 'prompt-long'],
    ['a long negative prompt', { ...draft, negativePrompt: 'x'.repeat(4001) }, words, 'negative-long'],
    ['no picture', draft, pictures, 'picture-needed'],
    ['a picture that the model cannot use', { ...draft, picture }, words, 'picture-unused'],
  ])('%s', (_, asked, model, expected) => {
    expect(obstacle(asked, model)).toBe(expected);
  });
});

describe('a prompt that is too long', () => {
  it('is kept as far as it can be', () => {
    expect(cut('short')).toBe('short');
    expect(cut('x'.repeat(10_000))).toHaveLength(limits.prompt);
  });

  it('is not cut through an emoji', () => {
    const text = cut(`${'x'.repeat(limits.prompt - 1)}🎈`);
    expect(text).toBe('x'.repeat(limits.prompt - 1));
  });
});

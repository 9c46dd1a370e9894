import { describe, expect, it } from 'vitest';
import type { Clip } from '../../../contract/clip.ts';
import { draftFor } from './drafting.ts';
import { expectedSeconds, wholeSeconds } from './expected.ts';
import { modelLike } from './model.fixture.ts';

const draft = draftFor(modelLike({}));

const clip = (denoising: number, change: Partial<Clip['settings']> = {}, model = draft.model): Clip => {
  const { picture: _, model: _m, ...settings } = draft;
  return {
    id: 'c',
    createdAt: 0,
    file: '/c.mp4',
    missing: false,
    bytes: 1,
    model,
    settings: { ...settings, prompt: 'p', image: null, seed: 1, ...change },
    seconds: denoising + 3,
    phaseSeconds: { loading: 1, denoising, decoding: 2 },
    ...{ unknown: [], maker: null, rating: 0, notes: '', collections: [], deletedAt: null, recoveries: [] },
  };
};

describe('how long a clip will take', () => {
  it('is what the last of its kind took', () => {
    const known = expectedSeconds([clip(10), clip(12), clip(90)], draft);
    expect(known).toEqual({ loading: 1, denoising: 12, decoding: 2 });
    expect(known && wholeSeconds(known)).toBe(15);
  });

  it('grows with the steps, and with nothing else', () => {
    expect(expectedSeconds([clip(16)], { ...draft, steps: 32 })).toEqual({ loading: 1, denoising: 32, decoding: 2 });
  });

  it.each([
    ['another model', clip(10, {}, 'other')],
    ['another shape', clip(10, { width: 160 })],
    ['another length', clip(10, { frames: 9 })],
    ['no guidance, which is twice as fast', clip(10, { guidance: 1 })],
  ])('is unknown after %s only', (_, other) => {
    expect(expectedSeconds([other], draft)).toBeNull();
  });
});

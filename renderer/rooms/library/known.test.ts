import { describe, expect, it } from 'vitest';
import { draftOfClip } from '../queue/draftOf.ts';
import { clipOf } from './clip.fixture.ts';
import { isWhole, knownDraft } from './known.ts';

describe('what is known of a clip', () => {
  const now = { ...draftOfClip(clipOf('now')), model: 'other', prompt: 'written', steps: 50, seed: null };

  it('is everything of one that was made here', () => {
    const clip = clipOf('a');
    expect(isWhole(clip)).toBe(true);
    expect(knownDraft(clip, now)).toEqual(draftOfClip(clip));
  });

  it('leaves what is open as it is being written', () => {
    const clip = clipOf('a', { unknown: ['prompt', 'model', 'steps', 'seed'] });
    expect(isWhole(clip)).toBe(false);
    expect(knownDraft(clip, now)).toMatchObject({
      prompt: 'written',
      model: 'other',
      steps: 50,
      seed: null,
      width: 96,
    });
  });
});

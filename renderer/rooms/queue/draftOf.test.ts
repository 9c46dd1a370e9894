import { describe, expect, it } from 'vitest';
import { Draft } from '../../../contract/draft.ts';
import { clipOf } from '../library/clip.fixture.ts';
import { draftOfClip, draftOfJob, lacksPicture } from './draftOf.ts';
import { jobOf } from './job.fixture.ts';

const hash = 'ab'.repeat(32);
const withImage = (image: string | null) => ({ ...jobOf('a').settings, image });

describe('a draft of what was made', () => {
  it('asks for just the same', () => {
    const draft = draftOfJob(jobOf('a', { picture: hash, settings: withImage(`/home/pictures/${hash}.png`) }));
    expect(Draft.parse(draft)).toEqual(draft);
    expect(draft).toMatchObject({ picture: hash, seed: 7, model: 'paper-world' });
    expect(draft).not.toHaveProperty('image');
  });

  it.each([
    [`/home/a/pictures/${hash}.png`, hash],
    [`C:\\Users\\a\\pictures\\${hash}.png`, hash],
    ['/home/a/cat.png', null],
    [`/home/a/x${hash}.png`, null],
    [null, null],
  ])('finds the picture of a clip at %s', (image, picture) => {
    const settings = withImage(image);
    const draft = draftOfClip(clipOf('c', { settings }));
    expect(draft.picture).toBe(picture);
    expect(lacksPicture(draft, settings)).toBe(image !== null && picture === null);
  });
});

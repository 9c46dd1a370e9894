import { describe, expect, it } from 'vitest';
import { decodeFrames } from './painter.ts';

describe('the frames of a preview', () => {
  const bytes = Uint8Array.from({ length: 2 * 3 * 2 * 3 }, (_, at) => at * 7);
  const rgb = Buffer.from(bytes).toString('base64');

  it('are their bytes', () => {
    expect(decodeFrames({ frames: 2, width: 3, height: 2, rgb })?.rgb).toEqual(bytes);
  });

  it('are none when there are not as many as there should be', () => {
    expect(decodeFrames({ frames: 2, width: 3, height: 3, rgb })).toBeNull();
  });
});

import { describe, expect, it } from 'vitest';
import { middleFrame } from './previewFrame.ts';

describe('a small preview', () => {
  it('shows the middle of the clip, opaque', () => {
    const frames = [
      [1, 1, 1, 1, 1, 1],
      [10, 20, 30, 250, 251, 252],
      [9, 9, 9, 9, 9, 9],
    ];
    const rgb = Buffer.from(frames.flat()).toString('base64');
    expect([...middleFrame({ frames: 3, width: 2, height: 1, rgb })]).toEqual([10, 20, 30, 255, 250, 251, 252, 255]);
  });
});

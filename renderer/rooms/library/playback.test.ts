import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fillsCard, frameAt, timeOf } from './playback.ts';

describe('frames and times', () => {
  it('agree in both directions', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 120 }), fc.nat(480), (fps, frame) => {
        expect(frameAt(timeOf(frame, fps), fps, 481)).toBe(frame);
      }),
    );
  });

  it('stay within the clip', () => {
    expect(frameAt(-1, 8, 17)).toBe(0);
    expect(frameAt(99, 8, 17)).toBe(16);
    expect(frameAt(0.12499, 8, 17)).toBe(1);
  });
});

describe('a card', () => {
  it.each([
    [720, 480, true],
    [1360, 768, true],
    [640, 480, true],
    [480, 720, false],
    [512, 512, false],
    [1920, 800, false],
  ])('of %i x %i is filled: %s', (width, height, fills) => {
    expect(fillsCard(width, height)).toBe(fills);
  });
});

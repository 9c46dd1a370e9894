import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nearestNumber, numberText, readNumber, steppedNumber } from './number.ts';

const sides = { min: 16, max: 2048, step: 16 };

describe('a typed number', () => {
  it.each([
    ['250', 256],
    [' 256 ', 256],
    ['0', 16],
    ['99999', 2048],
    ['-5', 16],
    ['', null],
    ['wide', null],
    ['Infinity', null],
  ])('%s', (typed, value) => {
    expect(readNumber(typed, sides)).toBe(value);
  });

  it('may have a comma', () => {
    expect(readNumber('3,5', { min: 0, max: 50, step: 0.5 })).toBe(3.5);
  });

  it('is always one that can be', () => {
    const range = fc.record({
      min: fc.integer({ min: -50, max: 50 }),
      max: fc.integer({ min: 60, max: 5000 }),
      step: fc.integer({ min: 1, max: 64 }),
    });
    fc.assert(
      fc.property(range, fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 }), (within, value) => {
        const nearest = nearestNumber(value, within);
        expect(nearest).toBeGreaterThanOrEqual(within.min);
        expect(nearest).toBeLessThanOrEqual(within.max);
        expect((nearest - within.min) % within.step).toBeCloseTo(0);
      }),
    );
  });

  it('moves by steps and stops at the ends', () => {
    expect(steppedNumber(256, 1, sides)).toBe(272);
    expect(steppedNumber(2048, 10, sides)).toBe(2048);
    expect(steppedNumber(0.2, 1, { min: 0, max: 1, step: 0.1 })).toBe(0.3);
  });

  it('is written with the decimals of its steps, and none is lost', () => {
    expect([numberText(3, 0.5), numberText(3.25, 0.5), numberText(8, 1)]).toEqual(['3.0', '3.25', '8']);
  });
});

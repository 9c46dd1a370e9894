import { expect, it } from 'vitest';
import { busRate } from './bus.ts';

it('knows what a bus can carry', () => {
  expect(busRate('4.0 x16')).toBeCloseTo(31.504e9);
  expect(busRate('4.0 x4')).toBeCloseTo(7.876e9);
  expect(busRate(null)).toBeNull();
  expect(busRate('9.0 x4')).toBeNull();
});

import { describe, expect, it } from 'vitest';
import { among, extended, nothing, toggled } from './selection.ts';

const order = ['a', 'b', 'c', 'd', 'e'];
const ids = (selection: typeof nothing) => [...selection.ids].sort().join('');

describe('a selection', () => {
  it('takes one in and out', () => {
    const one = toggled(nothing, 'b');
    expect(ids(one)).toBe('b');
    expect(ids(toggled(one, 'b'))).toBe('');
  });
  it('reaches from where it began, either way', () => {
    expect(ids(extended(toggled(nothing, 'b'), order, 'd'))).toBe('bcd');
    expect(ids(extended(toggled(nothing, 'd'), order, 'b'))).toBe('bcd');
    expect(ids(extended(nothing, order, 'c'))).toBe('c');
    expect(ids(extended(toggled(nothing, 'gone'), order, 'c'))).toBe('cgone');
  });
  it('forgets what is not there any more', () => {
    expect(ids(among(extended(toggled(nothing, 'a'), order, 'c'), ['c', 'd']))).toBe('c');
  });
});

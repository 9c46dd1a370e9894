import { describe, expect, it } from 'vitest';
import { extended, nothingSelected, rangeTo, toggled, without } from './selection.ts';

describe('the selection', () => {
  it('takes in and lets go of one at a time', () => {
    const two = toggled(toggled(nothingSelected, 'a', 0), 'c', 2);
    expect([...two.ids]).toEqual(['a', 'c']);
    expect([...toggled(two, 'a', 0).ids]).toEqual(['c']);
  });

  it('spans from the anchor in both directions', () => {
    const one = toggled(nothingSelected, 'c', 2);
    expect(rangeTo(one, 5)).toEqual({ first: 2, last: 5 });
    expect(rangeTo(one, 0)).toEqual({ first: 0, last: 2 });
    expect(rangeTo(nothingSelected, 4)).toEqual({ first: 4, last: 4 });
  });

  it('keeps its anchor while it grows and shrinks', () => {
    const one = toggled(nothingSelected, 'c', 2);
    const grown = extended(one, ['c', 'd', 'e'], 4);
    expect(grown.anchor).toBe(2);
    expect([...extended(grown, ['c', 'd'], 3).ids]).toEqual(['c', 'd']);
  });

  it('forgets what is gone, and its anchor with the last', () => {
    const two = toggled(toggled(nothingSelected, 'a', 0), 'b', 1);
    expect([...without(two, ['a']).ids]).toEqual(['b']);
    expect(without(two, ['a', 'b'])).toEqual(nothingSelected);
  });
});

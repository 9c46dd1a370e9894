import { describe, expect, it } from 'vitest';
import { placeHash, readPlace } from './navigation.ts';

describe('a place in the window', () => {
  it.each([
    ['', { room: 'create', id: null }],
    ['#/library', { room: 'library', id: null }],
    ['#/library/a%2Fb', { room: 'library', id: 'a/b' }],
    ['#/nowhere/x', { room: 'create', id: null }],
    ['#/library/%E0%A4%A', { room: 'library', id: null }],
    ['#/__proto__', { room: 'create', id: null }],
  ])('%s', (hash, place) => {
    expect(readPlace(hash)).toEqual(place);
  });

  it('is read as it was written', () => {
    expect(readPlace(placeHash('library', 'x y/ü'))).toEqual({ room: 'library', id: 'x y/ü' });
    expect(readPlace(placeHash('queue'))).toEqual({ room: 'queue', id: null });
  });
});

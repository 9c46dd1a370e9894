import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { gridSizes, placeAfter } from './gridMoves.ts';

/*  0 1 2 3
    4 5 6 7
    8 9      */
const grid = { total: 10, columns: 4, rowsAPage: 2 };

describe('the keyboard in a grid', () => {
  it.each([
    ['ArrowRight', false, 3, 4],
    ['ArrowRight', false, 9, 9],
    ['ArrowLeft', false, 4, 3],
    ['ArrowLeft', false, 0, 0],
    ['ArrowDown', false, 1, 5],
    ['ArrowDown', false, 7, 9],
    ['ArrowDown', false, 8, 8],
    ['ArrowUp', false, 9, 5],
    ['ArrowUp', false, 2, 2],
    ['Home', false, 6, 4],
    ['End', false, 5, 7],
    ['End', false, 8, 9],
    ['Home', true, 6, 0],
    ['End', true, 1, 9],
    ['PageDown', false, 1, 9],
    ['PageDown', false, 3, 9],
    ['PageUp', false, 9, 1],
  ])('%s with control %s leads from %i to %i', (key, control, from, to) => {
    expect(placeAfter(key, control, from, grid)).toBe(to);
  });

  it('leaves other keys alone, and an empty grid', () => {
    expect(placeAfter('a', false, 1, grid)).toBeNull();
    expect(placeAfter('ArrowDown', false, 0, { ...grid, total: 0 })).toBeNull();
  });

  it('never leads out of the grid', () => {
    const key = fc.constantFrom('ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown', 'Home', 'End', 'PageUp', 'PageDown');
    const shape = fc.record({ total: fc.integer({ min: 1, max: 500 }), columns: fc.integer({ min: 1, max: 9 }) });
    fc.assert(
      fc.property(
        key,
        fc.boolean(),
        shape,
        fc.nat(),
        fc.integer({ min: 1, max: 5 }),
        (key, control, shape, at, rows) => {
          const place = placeAfter(key, control, at % shape.total, { ...shape, rowsAPage: rows });
          expect(place).toBeGreaterThanOrEqual(0);
          expect(place).toBeLessThan(shape.total);
        },
      ),
    );
  });
});

describe('the sizes of a grid', () => {
  it('fill the width, with one column at least', () => {
    fc.assert(
      fc.property(fc.integer({ min: 236, max: 4000 }), (width) => {
        const { columns, cardWidth, gap } = gridSizes(width);
        expect(columns * cardWidth + (columns - 1) * gap).toBeCloseTo(width);
        expect(cardWidth).toBeGreaterThanOrEqual(236);
      }),
    );
    expect(gridSizes(100).columns).toBe(1);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nextAt, timeOf } from './startTime.ts';

describe('the time at which the queue begins', () => {
  const now = new Date(2026, 10, 22, 21, 30, 15);
  it.each([
    ['23:00', new Date(2026, 10, 22, 23, 0)],
    ['21:30', new Date(2026, 10, 23, 21, 30)],
    ['6:05', new Date(2026, 10, 23, 6, 5)],
  ])('%s is the next such moment', (time, expected) => expect(nextAt(time, now)).toBe(expected.getTime()));
  it.each(['', '24:00', '12:60', 'noon', '12'])('%s is no time', (time) => expect(nextAt(time, now)).toBeNull());
  it('lies ahead, less than a day and an hour, and is shown as it was typed', () => {
    const clock = fc
      .tuple(fc.nat(23), fc.nat(59))
      .map(([h, m]) => `${String(h).padStart(2, '0')}:${String(m).padStart(2, '0')}`);
    fc.assert(
      fc.property(
        clock,
        fc.date({ min: new Date(2020, 0), max: new Date(2040, 0), noInvalidDate: true }),
        (time, from) => {
          const at = nextAt(time, from) ?? 0;
          expect(at).toBeGreaterThan(from.getTime());
          expect(at - from.getTime()).toBeLessThanOrEqual(25 * 3_600_000);
          const shown = timeOf(new Date(at));
          // In an hour that the clocks leave out, the next one counts.
          if (new Date(at).getTimezoneOffset() === from.getTimezoneOffset()) expect(shown).toBe(time);
        },
      ),
    );
  });
});

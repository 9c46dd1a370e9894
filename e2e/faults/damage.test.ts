import { expect, it } from 'vitest';
import { damages, surviveDamage } from './damage.ts';

it('a render goes on from what is whole among what it kept, to the same frames', { timeout: 120_000 }, async () => {
  const repairs = await surviveDamage(damages(20261123, 8), 20261123);
  expect(repairs.filter(({ wrong }) => wrong.length > 0)).toEqual([]);
  expect(repairs).toHaveLength(8);
});

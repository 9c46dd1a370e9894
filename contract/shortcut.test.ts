import { expect, it } from 'vitest';
import type { Plan } from './render.ts';
import { departureOf, shortcutOf, shortcuts } from './shortcut.ts';

const resident = { kind: 'resident' } as const;
const exact: Plan = {
  ...{ device: 'cuda', precision: 'bfloat16', checkpointEverySteps: 5 },
  placements: { textEncoder: resident, transformer: resident, vae: resident },
  ...{ storage: { transformer: 'same' }, guidance: 'batched', attention: 'sdpa', compile: false, steps: 'all' },
  decode: { slabRows: null, residentBytes: 0 },
  encode: { slabRows: null, residentBytes: 0 },
  ...{ pinnedBytes: 0, reserveFraction: null },
};

it('each is known again in a plan that has it, and no two are the same', () => {
  // Whichever numbers are multiplied.
  for (const products of ['int8-products', 'fp8-products'] as const) {
    const plans = shortcuts.map((shortcut): Plan => {
      const { storage, attention, steps } = departureOf(shortcut);
      const transformer = storage === 'products' ? products : storage;
      return { ...exact, storage: { transformer }, attention: attention === 'sage' ? 'sage' : 'cudnn', steps };
    });
    expect(plans.map(shortcutOf)).toEqual(shortcuts);
  }
});

it('a plan that only rounds otherwise has none', () => {
  for (const attention of ['sdpa', 'cudnn'] as const)
    expect(shortcutOf({ ...exact, attention, precision: 'float32', guidance: 'sequential' })).toBeNull();
});

import { z } from 'zod';
import type { Plan } from './render.ts';

/** What of a plan decides the picture beyond rounding. */
interface Departure {
  storage: Plan['storage']['transformer'];
  attention: 'exact' | 'sage';
  steps: Plan['steps'];
}

const exact: Departure = { storage: 'same', attention: 'exact', steps: 'all' };

/**
 * Faster or smaller ways of which the picture is slightly another one: all that the planner offers has a name here, which
 * is what people choose and clips remember. Each with what of its plans departs from the exact picture.
 */
const departures = {
  'cached-steps': { steps: 'cached' },
  'eight-bit-weights': { storage: 'int8' },
  'eight-bit-products': { storage: 'int8-products' },
  'eight-bit-products-and-cached-steps': { storage: 'int8-products', steps: 'cached' },
  'sage-attention': { attention: 'sage' },
} as const satisfies Record<string, Partial<Departure>>;

export const shortcuts = Object.keys(departures) as (keyof typeof departures)[];
export const Shortcut = z.enum(shortcuts);
export type Shortcut = z.infer<typeof Shortcut>;

/** What a plan does to be one; of none it is the exact picture. */
export const departureOf = (shortcut: Shortcut | null | undefined): Departure =>
  shortcut == null ? exact : { ...exact, ...departures[shortcut] };

/** What was taken in a plan; null where its picture is the exact one. */
export function shortcutOf({ storage, attention, steps }: Plan): Shortcut | null {
  const sage = attention === 'sage' ? attention : 'exact';
  const found = shortcuts.find((shortcut) => {
    const departure = departureOf(shortcut);
    return departure.storage === storage.transformer && departure.attention === sage && departure.steps === steps;
  });
  return found ?? null;
}

import { z } from 'zod';
import type { Plan } from './render.ts';

/** Products in eight bits, by the storage that asks for them, and the numbers that are multiplied: whole ones, or floats. */
export const productNumbers = { 'int8-products': 'int8', 'fp8-products': 'fp8' } as const;
export type ProductStorage = keyof typeof productNumbers;

type Stored = Plan['storage']['transformer'];
export const isProducts = (stored: string): stored is ProductStorage => Object.hasOwn(productNumbers, stored);

/**
 * What of a plan decides the picture beyond rounding. With which numbers products are the faster is a matter of the card,
 * and no choice.
 */
interface Departure {
  storage: Exclude<Stored, ProductStorage> | 'products';
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
  'eight-bit-products': { storage: 'products' },
  'eight-bit-products-and-cached-steps': { storage: 'products', steps: 'cached' },
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
  const stored = isProducts(storage.transformer) ? 'products' : storage.transformer;
  const found = shortcuts.find((shortcut) => {
    const departure = departureOf(shortcut);
    return departure.storage === stored && departure.attention === sage && departure.steps === steps;
  });
  return found ?? null;
}

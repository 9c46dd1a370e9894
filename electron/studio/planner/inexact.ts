import type { Plan } from '../../../contract/render.ts';
import { departureOf, isProducts, type Shortcut, shortcuts } from '../../../contract/shortcut.ts';
import type { Cuda, Inexact } from './candidates.ts';
import { exactAttention, fastestProducts, gainsByProducts } from './speed.ts';

/** How a card calculates to take a shortcut; null where it cannot. */
export function inexactBy(shortcut: Shortcut, device: Cuda, precision: Plan['precision']): Inexact | null {
  const { storage: stored, attention, steps } = departureOf(shortcut);
  const storage = stored === 'products' ? fastestProducts(device)?.storage : stored;
  if (storage === 'int8' && precision === 'float32') return null;
  if (storage === undefined) return null;
  if (attention === 'sage' && !device.sage) return null;
  return { storage, attention: attention === 'sage' ? attention : exactAttention(device), steps };
}

/** All by which something may be gained on a card. */
export const inexactManners = (device: Cuda, precision: Plan['precision']): Inexact[] =>
  shortcuts
    .flatMap((shortcut) => inexactBy(shortcut, device, precision) ?? [])
    .filter(({ storage }) => !isProducts(storage) || gainsByProducts(device));

import { departureOf, isProducts, type Shortcut, shortcuts } from '../../../contract/shortcut.ts';
import type { Cuda, Inexact } from './candidates.ts';
import { exactAttention, fastestProducts, gainsByProducts, gainsBySage } from './speed.ts';
import type { Work } from './work.ts';

type Suited = Pick<Work, 'precision' | 'headWidth' | 'tokens'>;

/** The widths of a head that every version of SageAttention has; none calculates in float32. */
const sageWidths: readonly number[] = [64, 96, 128];
/**
 * With fewer tokens attention is little of the work; and SageAttention 1 counts what fills up its last 64 keys: of 17776
 * tokens that is nothing, of 848 it is 4 % of the result.
 */
const sageTokens = 4096;

/** How a card calculates to take a shortcut; null where it cannot. */
export function inexactBy(shortcut: Shortcut, device: Cuda, { precision, headWidth }: Suited): Inexact | null {
  const { storage: stored, attention, steps } = departureOf(shortcut);
  const storage = stored === 'products' ? fastestProducts(device)?.storage : stored;
  if (storage === 'int8' && precision === 'float32') return null;
  if (storage === undefined) return null;
  if (attention === 'exact') return { storage, attention: exactAttention(device), steps };
  const able = device.sageAttention !== null && precision !== 'float32' && sageWidths.includes(headWidth);
  return able ? { storage, attention, steps } : null;
}

/** All by which something may be gained on a card. */
export const inexactManners = (device: Cuda, work: Suited): Inexact[] =>
  shortcuts
    .flatMap((shortcut) => inexactBy(shortcut, device, work) ?? [])
    .filter(({ storage }) => !isProducts(storage) || gainsByProducts(device))
    .filter(({ attention }) => attention !== 'sage' || (gainsBySage(device) && work.tokens >= sageTokens));

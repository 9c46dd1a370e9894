import type { Card, CardSample } from '../../../contract/telemetry.ts';

const GiB = 2 ** 30;

/** How a figure is written on a card's chart, without its unit. */
export const amount = {
  whole: (value: number): string => String(Math.round(value)),
  tenths: (value: number): string => value.toFixed(value >= 99.95 ? 0 : 1),
  gigabytes: (bytes: number): string => amount.tenths(bytes / GiB),
  gigahertz: (megahertz: number): string => (megahertz / 1000).toFixed(megahertz >= 9995 ? 1 : 2),
  /** Of what goes over a bus, as its makers count. */
  rate: (bytesPerSecond: number): string => amount.tenths(bytesPerSecond / 1e9),
} as const;

/** "RTX 4070" for "NVIDIA GeForce RTX 4070". */
export const shortName = (name: string): string => name.replace(/^NVIDIA\s+/, '').replace(/^GeForce\s+/, '') || name;

export interface Memory {
  used: number;
  total: number;
  free: number;
  /** Null while it is not known whose it is. */
  ours: number | null;
  others: number;
}

/** Whose the memory of a card is. */
export function memoryOf({ memoryUsed, memoryTotal, memoryOurs }: CardSample): Memory | null {
  if (memoryUsed === null || memoryTotal === null) return null;
  // The two are not read at the same moment.
  const ours = memoryOurs === null ? null : Math.min(memoryOurs, memoryUsed);
  return {
    used: memoryUsed,
    total: memoryTotal,
    free: Math.max(0, memoryTotal - memoryUsed),
    ours,
    others: memoryUsed - (ours ?? 0),
  };
}

export const silentCard = (sample: CardSample): boolean =>
  sample.utilisation === null && sample.memoryUsed === null && sample.temperature === null;

/** The card that is shown when nobody chose one: ours, else the first. */
export const mainCard = (cards: readonly Card[], samples: readonly CardSample[]): Card | null =>
  cards.find(({ id }) => (samples.find(({ card }) => card === id)?.memoryOurs ?? 0) > 0) ?? cards[0] ?? null;

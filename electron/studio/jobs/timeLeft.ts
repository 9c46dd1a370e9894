import type { PhaseSeconds } from '../../../contract/render.ts';

export interface Pace {
  phase: 'denoising' | 'decoding';
  /** Steps done of this phase, and how many it has. */
  step: number;
  of: number;
  /** Seconds of the latest steps, newest last. */
  recent: readonly number[];
  /** What the phases took for the last clip of this model and shape; null before the first. */
  before: PhaseSeconds | null;
}

/**
 * Seconds until the clip is there: the rest of this phase at its median pace, plus what the later
 * phases took last time. Null while too little is known to be honest.
 */
export function timeLeft({ phase, step, of, recent, before }: Pace): number | null {
  const pace = median(recent);
  if (pace === null) return null;
  const rest = (of - step) * pace;
  const later = phase === 'denoising' ? sum(before?.decoding, before?.finishing) : sum(before?.finishing ?? 0);
  return later === null ? null : rest + later;
}

function sum(...values: (number | undefined)[]): number | null {
  let total = 0;
  for (const value of values) {
    if (value === undefined) return null;
    total += value;
  }
  return total;
}

/** Null of nothing. */
export function median(values: readonly number[]): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? null;
}

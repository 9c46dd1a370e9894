import type { PhaseSeconds } from '../../../contract/render.ts';

/** A step that is over. */
export interface StepTaken {
  seconds: number;
  cached?: boolean | null | undefined;
}

/** With one more; an even number, for where steps are cached about every other one is. */
export const withStep = (recent: readonly StepTaken[], { seconds, cached }: StepTaken): StepTaken[] => [
  ...recent.slice(-9),
  { seconds, cached },
];

export interface Pace {
  phase: 'denoising' | 'decoding';
  /** Steps done of this phase, and how many it has. */
  step: number;
  of: number;
  /** The latest steps, newest last. */
  recent: readonly StepTaken[];
  /** What the phases took for the last clip of this model and shape; null before the first. */
  before: PhaseSeconds | null;
}

/**
 * Seconds until the clip is there: the rest of this phase at its pace, plus what the later phases took last time. Null
 * while too little is known to be honest.
 */
export function timeLeft({ phase, step, of, recent, before }: Pace): number | null {
  const pace = paceOf({ phase, step, recent });
  if (pace === null) return null;
  const rest = (of - step) * pace;
  if (phase === 'denoising') return sum(rest, timeToDecode(before));
  // Its first batch alone promises too much, as it has more to do than the others: never more than it took last time.
  const took = step === 1 && before?.decoding !== undefined ? (before.decoding * (of - step)) / of : rest;
  return Math.min(rest, took) + (before?.finishing ?? 0);
}

/** The same from the end of the denoising on: it is decoded as last time, however many steps there were. */
export const timeToDecode = (before: PhaseSeconds | null): number | null => sum(before?.decoding, before?.finishing);

/**
 * Seconds a step: the median of the latest. Those that are cached take next to none, and come as often as they did lately.
 * The first batch of frames counts only while there is no other: it has a frame more, and kernels are made in it.
 */
export function paceOf({ phase, step, recent }: Pick<Pace, 'phase' | 'step' | 'recent'>): number | null {
  const hasFirst = phase === 'decoding' && step > 1 && recent.length === step;
  const counted = hasFirst ? recent.slice(1) : recent;
  const calculated = counted.filter(({ cached }) => !cached).map(({ seconds }) => seconds);
  const middle = median(calculated);
  return middle === null ? null : (middle * calculated.length) / counted.length;
}

function sum(...values: (number | null | undefined)[]): number | null {
  let total = 0;
  for (const value of values) {
    if (value == null) return null;
    total += value;
  }
  return total;
}

/** Null of nothing. */
export function median(values: readonly number[]): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? null;
}

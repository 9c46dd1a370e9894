import type { Draft } from '../../../contract/draft.ts';
import { limits, type Scheduler, schedulers } from '../../../contract/render.ts';

/** What of a clip may vary beside its seed. */
export const variedNumbers = ['guidance', 'steps'] as const;
export type VariedNumber = (typeof variedNumbers)[number];

/** Values to both sides of what a clip has: so many each, so far from one another. */
export interface Spread {
  step: number;
  each: number;
}

export interface Varied {
  guidance: Spread | null;
  steps: Spread | null;
  scheduler: boolean;
}

export const eachSide = { min: 1, max: 5 } as const;

/** In their order, the clip's own among them; what cannot be is left out. */
export function valuesAround(value: number, { step, each }: Spread, range: { min: number; max: number }): number[] {
  const all = Array.from({ length: 2 * each + 1 }, (_, at) => Number((value + (at - each) * step).toFixed(4)));
  return all.filter((one) => one >= range.min && one <= range.max);
}

export interface Variation {
  guidance: number;
  steps: number;
  scheduler: Scheduler;
}

/** Every combination but the clip's own, which is there already. */
export function variationsOf({ guidance, steps, scheduler }: Variation, varied: Varied): Variation[] {
  const around = (key: VariedNumber, value: number) => {
    const spread = varied[key];
    return spread === null ? [value] : valuesAround(value, spread, limits[key]);
  };
  const kinds = varied.scheduler ? schedulers : [scheduler];
  return kinds
    .flatMap((kind) =>
      around('guidance', guidance).flatMap((strength) =>
        around('steps', steps).map((count) => ({ guidance: strength, steps: count, scheduler: kind })),
      ),
    )
    .filter((one) => one.guidance !== guidance || one.steps !== steps || one.scheduler !== scheduler);
}

/** As clips to be made: all with one seed, so that nothing but the settings differs. */
export const draftsOf = (draft: Draft, seed: number, variations: readonly Variation[]): Draft[] =>
  variations.map((variation) => ({ ...draft, ...variation, seed }));

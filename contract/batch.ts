import { z } from 'zod';
import { Draft, draftPrompt } from './draft.ts';
import { limits, RenderSettings } from './render.ts';
import { slotName, wildcardName } from './template.ts';

export const batchLimits = {
  /** Characters of all prompts together, before they are expanded. */
  text: draftPrompt,
  /** Clips that are added by one call. */
  clips: 10_000,
  slots: 40,
  slotValues: 1000,
  wildcards: 200,
  wildcardEntries: 5000,
} as const;

/** Texts that one name stands for. */
const texts = (max: number) => z.array(z.string().min(1).max(limits.prompt)).max(max);

/** What becomes of the seed when a prompt is made several times. */
export const Seeds = z.discriminatedUnion('kind', [
  /** So many clips of each prompt, each with a seed of its own. */
  z.object({ kind: z.literal('drawn'), count: z.int().min(1).max(batchLimits.clips) }),
  /** One clip of each prompt for every seed. */
  z.object({ kind: z.literal('list'), seeds: z.array(RenderSettings.shape.seed).min(1).max(batchLimits.clips) }),
]);
export type Seeds = z.infer<typeof Seeds>;

/** Many clips by one call: from templates, or each as it is. */
export const Batch = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('templates'),
    /** Everything but the words and the seed. */
    draft: Draft,
    /** One template a line; lines without words do not count. */
    text: z.string().max(batchLimits.text),
    slots: z
      .record(z.string().regex(slotName), texts(batchLimits.slotValues))
      .refine((slots) => Object.keys(slots).length <= batchLimits.slots),
    seeds: Seeds,
  }),
  z.object({ kind: z.literal('drafts'), drafts: z.array(Draft).min(1).max(batchLimits.clips) }),
]);
export type Batch = z.infer<typeof Batch>;

/** What Create remembers of making several clips at once, as it was typed. */
export const Several = z.object({
  /** Every line of the prompt is a clip of its own. */
  many: z.boolean(),
  /** Clips of each prompt. */
  count: z.int().min(1).max(1000),
  /** Seeds by name: "7, 20-24"; then these count. */
  seeds: z.string().max(2000),
  /** What slots are filled with, by their names, with `|` between several. */
  slots: z.record(z.string().max(60), z.string().max(10_000)),
});
export type Several = z.infer<typeof Several>;

/** A list of the user's own, from which `__name__` draws. */
export const Wildcard = z.object({
  name: z.string().regex(wildcardName),
  entries: texts(batchLimits.wildcardEntries),
});
export type Wildcard = z.infer<typeof Wildcard>;

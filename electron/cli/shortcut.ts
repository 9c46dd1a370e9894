import type { Job, JobState } from '../../contract/job.ts';
import type { Shortcut } from '../../contract/shortcut.ts';

const words: Record<Shortcut, string> = {
  'cached-steps': 'cached steps',
  'eight-bit-weights': 'weights in eight bits',
  'eight-bit-products': 'products in eight bits',
  'eight-bit-products-and-cached-steps': 'products in eight bits and cached steps',
  'sage-attention': 'attention in eight bits',
};

/** "with cached steps", as the end of a sentence about a clip; nothing where its picture is the exact one. */
export const withShortcut = (shortcut: Shortcut | null | undefined): string =>
  shortcut == null ? '' : `, with ${words[shortcut]}`;

/** Null where the clip was made as it was asked for. */
export function notTaken({ shortcut: asked }: Job, made: Extract<JobState, { kind: 'done' }>): string | null {
  if (asked === undefined || made.shortcut !== undefined) return null;
  return `Not on offer when the clip began: ${words[asked]}. Its picture is the exact one.`;
}

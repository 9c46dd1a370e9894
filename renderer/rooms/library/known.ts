import type { Clip, Uncertain } from '../../../contract/clip.ts';
import type { Draft } from '../../../contract/draft.ts';
import { draftOfClip } from '../queue/draftOf.ts';

/** It can be made again just as it is: nothing of how it was made is open. */
export const isWhole = (clip: Clip): boolean => clip.unknown.length === 0;

const fields: Record<Exclude<Uncertain, 'picture'>, keyof Draft> = {
  prompt: 'prompt',
  negativePrompt: 'negativePrompt',
  model: 'model',
  steps: 'steps',
  guidance: 'guidance',
  scheduler: 'scheduler',
  seed: 'seed',
};

/** What is known of a clip, over what is being written. */
export function knownDraft(clip: Clip, now: Draft): Draft {
  const taken: Partial<Draft> = { ...draftOfClip(clip) };
  for (const name of clip.unknown) if (name !== 'picture') delete taken[fields[name]];
  // Another model's picture would not fit, and the clip's own is not here.
  return { ...now, ...taken, picture: clip.unknown.includes('picture') ? now.picture : (taken.picture ?? null) };
}

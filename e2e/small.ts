import type { Draft } from '../contract/draft.ts';

/** Small enough for seconds, with steps enough to be stopped in the middle. */
export const small: Draft = {
  ...{ model: 'paper-world', picture: null, prompt: 'a red balloon rising over green hills', negativePrompt: '' },
  ...{ width: 64, height: 48, frames: 17, fps: 8, steps: 8, guidance: 3, scheduler: 'ddim', seed: 11 },
};

/** So large that to decode it in slabs takes less memory. */
export const slabbed: Draft = { ...small, width: 96, height: 64 };

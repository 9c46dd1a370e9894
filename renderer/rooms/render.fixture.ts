import type { RenderSettings } from '../../contract/render.ts';

/** Settings as anything that was or will be rendered has them. */
export const settingsOf = (prompt: string): RenderSettings => ({
  ...{ prompt, negativePrompt: '', image: null, width: 96, height: 64, frames: 17, fps: 8 },
  ...{ steps: 20, guidance: 6, scheduler: 'ddim', seed: 7 },
});

import type { Phase } from '../../contract/render.ts';

/** The token in which a phase is drawn, wherever it is. */
export const phaseColours: Record<Phase, string> = {
  loading: '--load',
  encoding: '--enc',
  denoising: '--den',
  decoding: '--dec',
  finishing: '--fin',
};

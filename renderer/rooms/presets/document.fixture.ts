import { type PresetDocument, presetFormat, presetVersion } from '../../../contract/preset.ts';
import type { Preset } from '../../../contract/storedPreset.ts';

/** A preset of the starter model, with what a test wants otherwise. */
export const documentLike = (change: Partial<PresetDocument> = {}): PresetDocument => ({
  format: presetFormat,
  version: presetVersion,
  ...{ name: 'Calm sea', author: '', note: 'Slow water', tags: ['sea'], model: 'paper-world', alternatives: [] },
  ...{ prompt: '', negativePrompt: '', width: 256, height: 160, frames: 17, fps: 8, steps: 8, guidance: 3 },
  ...{ scheduler: 'ddim', seed: { kind: 'drawn' }, loras: [], wish: 'balanced', thumbnail: null },
  ...change,
});

export const presetLike = (id: string, change: Partial<PresetDocument> = {}, rest: Partial<Preset> = {}): Preset => ({
  ...{ id, origin: 'own', createdAt: 1, document: documentLike(change), thumbnail: null },
  ...rest,
});

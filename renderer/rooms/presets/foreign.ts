import type { Draft } from '../../../contract/draft.ts';
import { type PresetDocument, presetFormat, presetVersion } from '../../../contract/preset.ts';
import type { ForeignSettings } from '../../../contract/received.ts';
import { asPromptTemplate } from '../../../contract/template.ts';
import type { PresetField } from './apply.ts';

/** What another program's settings say anything about. */
export function saidByForeign(settings: ForeignSettings): readonly PresetField[] {
  const { width, height } = settings;
  const single = (['prompt', 'negativePrompt', 'frames', 'fps', 'steps', 'guidance', 'seed'] as const).filter(
    (field) => settings[field] !== null,
  );
  return width === null || height === null ? single : [...single, 'shape'];
}

/** As a preset: what they do not say is as it is in Create. */
export function documentOfForeign(settings: ForeignSettings, draft: Draft, name: string): PresetDocument {
  const { maker: _, prompt, negativePrompt, seed, ...rest } = settings;
  const said = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== null));
  const { model, width, height, frames, fps, steps, guidance, scheduler } = draft;
  return {
    format: presetFormat,
    version: presetVersion,
    ...{ name, author: '', note: '', tags: [], model, alternatives: [] },
    prompt: asPromptTemplate(prompt ?? ''),
    negativePrompt: negativePrompt ?? '',
    ...{ width, height, frames, fps, steps, guidance, scheduler },
    ...said,
    seed: seed === null ? { kind: 'drawn' } : { kind: 'fixed', value: seed },
    ...{ loras: [], wish: 'balanced', thumbnail: null },
  };
}

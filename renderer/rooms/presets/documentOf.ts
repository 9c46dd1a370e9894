import type { Clip } from '../../../contract/clip.ts';
import type { Draft } from '../../../contract/draft.ts';
import { type PresetDocument, presetFormat, presetLimits, presetVersion } from '../../../contract/preset.ts';
import { asPromptTemplate } from '../../../contract/template.ts';
import { cut } from '../create/drafting.ts';

/** What a preset is made from: the settings of Create, or those of a clip. */
export interface PresetSource {
  settings: Omit<Draft, 'picture' | 'seed'> & { seed: number | null };
  /** Whose still becomes the thumbnail. */
  clip: string | null;
}

export const sourceOfDraft = (draft: Draft, clip: string | null): PresetSource => ({ settings: draft, clip });
/** A clip has what was rendered: braces in it stand for themselves. */
export const sourceOfClip = ({ id, model, settings }: Clip): PresetSource => ({
  settings: { ...settings, model, prompt: asPromptTemplate(settings.prompt) },
  clip: id,
});

/** What the person says about it. */
export interface PresetWords {
  name: string;
  author: string;
  note: string;
  tags: readonly string[];
  withPrompt: boolean;
  withSeed: boolean;
}

export function documentOf({ settings }: PresetSource, said: PresetWords): PresetDocument {
  const { model, prompt, negativePrompt, seed, width, height, frames, fps, steps, guidance, scheduler } = settings;
  return {
    format: presetFormat,
    version: presetVersion,
    name: said.name.trim(),
    author: said.author.trim(),
    note: said.note.trim(),
    tags: [...said.tags],
    model,
    alternatives: [],
    prompt: said.withPrompt ? prompt : '',
    negativePrompt: said.withPrompt ? negativePrompt : '',
    ...{ width, height, frames, fps, steps, guidance, scheduler },
    seed: said.withSeed && seed !== null ? { kind: 'fixed', value: seed } : { kind: 'drawn' },
    loras: [],
    wish: 'balanced',
    thumbnail: null,
  };
}

/** What is written with commas between, each tag once. */
export function tagsIn(text: string): string[] {
  const tags = text.split(/[,，、\n]/).map((tag) => cut(tag.trim(), presetLimits.tag).trim());
  return [...new Set(tags.filter(Boolean))].slice(0, presetLimits.tags);
}

/** A name to begin with: the first words of the prompt. */
export function nameFrom(prompt: string): string {
  const line = prompt.trim().split('\n', 1)[0] ?? '';
  if ([...line].length <= 40) return line;
  const short = [...line].slice(0, 40).join('');
  return short.replace(/\s+\S*$/, '') || short;
}

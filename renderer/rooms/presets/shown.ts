import type { Preset, PresetOrigin } from '../../../contract/storedPreset.ts';

/** What is shown of all presets. */
export interface Filter {
  search: string;
  origin: PresetOrigin | 'all';
  tag: string | null;
  model: string | null;
}

export const everything: Filter = { search: '', origin: 'all', tag: null, model: null };

const plain = (text: string): string => text.normalize('NFKC').toLowerCase();

/** Every word of the search must be in what is said of the preset; `saidOf` gives that in the language of the moment. */
export function shownPresets(
  presets: readonly Preset[],
  { search, origin, tag, model }: Filter,
  saidOf: (preset: Preset) => string,
): Preset[] {
  const words = plain(search).split(/\s+/).filter(Boolean);
  return presets.filter((preset) => {
    const { document } = preset;
    if (origin !== 'all' && preset.origin !== origin) return false;
    if (tag !== null && !document.tags.includes(tag)) return false;
    if (model !== null && document.model !== model && !document.alternatives.includes(model)) return false;
    const said = plain([saidOf(preset), document.author, document.prompt, ...document.tags].join('\n'));
    return words.every((word) => said.includes(word));
  });
}

/** Every tag there is, the most used first. */
export function tagsOf(presets: readonly Preset[]): string[] {
  const counts = new Map<string, number>();
  for (const { document } of presets) for (const tag of document.tags) counts.set(tag, (counts.get(tag) ?? 0) + 1);
  return [...counts].sort(([one, few], [other, many]) => many - few || one.localeCompare(other)).map(([tag]) => tag);
}

/** Every model that a preset is made for. */
export const modelsOf = (presets: readonly Preset[]): string[] => [
  ...new Set(presets.map(({ document }) => document.model)),
];

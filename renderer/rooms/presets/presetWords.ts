import type { Draft } from '../../../contract/draft.ts';
import type { PresetDocument } from '../../../contract/preset.ts';
import type { Preset } from '../../../contract/storedPreset.ts';
import { visible } from '../../../contract/visible.ts';
import { modelName } from '../../app/told.ts';
import golden from '../../i18n/en/presets.ts';
import { figures, words } from '../../i18n/index.ts';
import type { PresetField } from './apply.ts';
import { knownNames } from './modelNames.ts';

type GoldenKey = keyof typeof golden.golden;
const goldenKeys = Object.keys(golden.golden) as GoldenKey[];
/** In keys of words a dot leads deeper. */
const goldenKey = ({ id, origin }: Preset): GoldenKey | undefined =>
  origin === 'golden' ? goldenKeys.find((key) => key === id.replaceAll('.', '_')) : undefined;

/** What it is called: the golden ones in the language of the moment, others as they were named. */
export function presetName(preset: Preset): string {
  const key = goldenKey(preset);
  return key ? words(`presets:golden.${key}.name`) : visible(preset.document.name);
}

/** What it is good at, in a line. */
export function presetLine(preset: Preset): string {
  const key = goldenKey(preset);
  return key ? words(`presets:golden.${key}.note`) : (visible(preset.document.note).split('\n', 1)[0] ?? '');
}

/** A model that is not here is called by the name that its makers gave it. */
export const nameOfModel = (id: string): string => knownNames[id] ?? modelName(id);

/** A field of a document or a draft, in words. */
export function fieldText(
  field: PresetField,
  settings: Pick<Draft, 'model' | 'prompt' | 'negativePrompt' | 'width' | 'height' | 'frames' | 'fps'> &
    Pick<Draft, 'steps' | 'guidance' | 'scheduler' | 'seed'>,
): string {
  const { number, seconds } = figures();
  switch (field) {
    case 'model':
      return nameOfModel(settings.model);
    case 'shape':
      return `${settings.width} × ${settings.height}`;
    case 'frames':
      return words('presets:values.frames', {
        seconds: seconds(settings.frames / settings.fps),
        count: settings.frames,
      });
    case 'scheduler':
      return words(`create:advanced.${settings.scheduler}`);
    case 'seed':
      return settings.seed === null ? words('presets:values.drawn') : String(settings.seed);
    case 'prompt':
    case 'negativePrompt':
      return visible(settings[field]) || words('presets:values.none');
    default:
      return number(settings[field], 2);
  }
}

/** A document's settings in the form of a draft's. */
export const asSettings = ({ seed, ...document }: PresetDocument) => ({
  ...document,
  seed: seed.kind === 'fixed' ? seed.value : null,
});

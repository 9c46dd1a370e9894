import type { Preset } from '../../../contract/draft.ts';
import type { Model } from '../../../contract/model.ts';

/** What goes well with a model: its own settings, quicker, and finer. Made of what it says of itself. */
export function builtInPresets(model: Model): Preset[] {
  const { defaults } = model;
  const steps = { quick: Math.max(4, Math.round(defaults.steps / 2)), fine: Math.round(defaults.steps * 1.5) };
  return [
    { id: 'standard', model: model.id, settings: defaults },
    { id: 'quick-look', model: model.id, settings: { ...defaults, steps: steps.quick } },
    { id: 'fine', model: model.id, settings: { ...defaults, steps: steps.fine } },
  ];
}

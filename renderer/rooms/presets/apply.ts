import type { Draft } from '../../../contract/draft.ts';
import type { Model } from '../../../contract/model.ts';
import type { PresetDocument } from '../../../contract/preset.ts';
import { mended } from '../create/drafting.ts';

/** What of a preset can be taken over by itself. */
export const presetFields = [
  ...(['model', 'prompt', 'negativePrompt', 'shape', 'frames', 'fps'] as const),
  ...(['steps', 'guidance', 'scheduler', 'seed'] as const),
] as const;
export type PresetField = (typeof presetFields)[number];

/** The document's model, or the first of its alternatives that is here. */
export function modelFor(document: PresetDocument, models: readonly Model[]): Model | null {
  for (const wanted of [document.model, ...document.alternatives]) {
    const found = models.find(({ id }) => id === wanted);
    if (found) return found;
  }
  return null;
}

/** What a document says anything about: without a prompt it leaves the words alone. */
export const saidBy = ({ prompt, negativePrompt }: PresetDocument): readonly PresetField[] =>
  presetFields.filter((field) => {
    if (field === 'prompt') return prompt !== '';
    return field === 'negativePrompt' ? prompt !== '' || negativePrompt !== '' : true;
  });

/** What choosing a preset beside the prompt takes over: the model is chosen already, and words that stand there stay. */
export const chosenWith = (document: PresetDocument, draft: Draft): readonly PresetField[] =>
  saidBy(document).filter((field) => {
    if (field === 'seed') return document.seed.kind === 'fixed';
    if (field === 'prompt' || field === 'negativePrompt') return draft.prompt.trim() === '';
    return field !== 'model';
  });

function partOf(field: PresetField, document: PresetDocument, models: readonly Model[]): Partial<Draft> {
  switch (field) {
    case 'model': {
      const model = modelFor(document, models);
      return model ? { model: model.id } : {};
    }
    case 'shape':
      return { width: document.width, height: document.height };
    case 'seed':
      return { seed: document.seed.kind === 'fixed' ? document.seed.value : null };
    default:
      return { [field]: document[field] };
  }
}

/** The draft with these fields of the document, such that its model can make it. */
export function applied(
  draft: Draft,
  document: PresetDocument,
  fields: readonly PresetField[],
  models: readonly Model[],
): Draft {
  const parts = fields.map((field) => partOf(field, document, models));
  return mended(Object.assign({ ...draft }, ...parts), models);
}

const keysOf = (field: PresetField): readonly (keyof Draft)[] => (field === 'shape' ? ['width', 'height'] : [field]);

/** The fields in which two drafts differ. A picture that a model does not use is none of them. */
export const differing = (one: Draft, other: Draft): PresetField[] =>
  presetFields.filter((field) => keysOf(field).some((key) => one[key] !== other[key]));

/** What brings `before` back where `after` has changed it; what is changed later elsewhere stays. */
export function wayBack(before: Draft, after: Draft): Partial<Draft> {
  const keys = Object.keys(before) as (keyof Draft)[];
  return Object.fromEntries(keys.filter((key) => before[key] !== after[key]).map((key) => [key, before[key]]));
}

/** Whether the settings beside the words are those that choosing the preset gives. */
export const isAsChosen = (draft: Draft, document: PresetDocument, models: readonly Model[]): boolean => {
  const fields = chosenWith(document, draft).filter((field) => field !== 'prompt' && field !== 'negativePrompt');
  return differing(draft, applied(draft, document, fields, models)).length === 0;
};

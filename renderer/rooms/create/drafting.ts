import type { Draft } from '../../../contract/draft.ts';
import type { Model } from '../../../contract/model.ts';
import { limits } from '../../../contract/render.ts';
import { allowedFrames, allowedSize } from './shape.ts';

/** What a model asks for when nothing else is asked for. */
export const draftFor = (model: Model): Draft => ({
  model: model.id,
  picture: null,
  prompt: '',
  negativePrompt: '',
  seed: null,
  ...model.defaults,
});

/** The model with which Create begins: one that works from words. */
export const firstModel = (models: readonly Model[]): Model | null =>
  models.find(({ task }) => task === 'text-to-video') ?? models[0] ?? null;

/** Another model with its own settings; words, seed and, where it can be used, the picture stay. */
export const withModel = (draft: Draft, model: Model): Draft => ({
  ...draft,
  ...model.defaults,
  model: model.id,
  picture: model.task === 'image-to-video' ? draft.picture : null,
});

/**
 * The model for a task that is nearest to the present one: the same if it fits, then a sister of it (the ids of
 * sisters begin alike), then any.
 */
export function modelForTask(models: readonly Model[], now: Model | null, task: Model['task']): Model | null {
  if (now?.task === task) return now;
  const able = models.filter((model) => model.task === task);
  const sister = able.find(({ id }) => now !== null && (id.startsWith(now.id) || now.id.startsWith(id)));
  return sister ?? able[0] ?? null;
}

/** Sisters of the same shape keep what was set, but for a size that only one of them makes; others come with their own. */
const alike = ({ shape: one }: Model, { shape: other }: Model): boolean =>
  one.sideMultiple === other.sideMultiple &&
  one.framesMultiple === other.framesMultiple &&
  one.maxFrames === other.maxFrames;

function changedModel(draft: Draft, from: Model | null, to: Model): Draft {
  if (to.id === draft.model) return draft;
  return from && alike(from, to) ? { ...draft, model: to.id, ...allowedSize(to, draft) } : withModel(draft, to);
}

/** With a picture, and a model that goes on from one if there is any. */
export function withPicture(draft: Draft, picture: string, models: readonly Model[]): Draft {
  const now = models.find(({ id }) => id === draft.model) ?? null;
  const model = modelForTask(models, now, 'image-to-video');
  return { ...(model ? changedModel(draft, now, model) : draft), picture };
}

/** From words again, with the model that was there before, or a sister. */
export function withoutPicture(draft: Draft, models: readonly Model[], before: string | null): Draft {
  const now = models.find(({ id }) => id === draft.model) ?? null;
  const earlier = models.find(({ id, task }) => id === before && task === 'text-to-video');
  const model = earlier ?? modelForTask(models, now, 'text-to-video');
  return { ...(model ? changedModel(draft, now, model) : draft), picture: null };
}

/** A draft of another time or another machine, such that the models of this one can make it. */
export function mended(draft: Draft, models: readonly Model[]): Draft {
  const model = models.find(({ id }) => id === draft.model);
  if (!model) {
    const first = draft.picture === null ? firstModel(models) : modelForTask(models, null, 'image-to-video');
    const instead = first ?? firstModel(models);
    return instead ? withModel(draft, instead) : draft;
  }
  const { width, height } = allowedSize(model, draft);
  const frames = allowedFrames(model, draft.frames);
  const picture = model.task === 'image-to-video' ? draft.picture : null;
  const same = width === draft.width && height === draft.height && frames === draft.frames && picture === draft.picture;
  return same ? draft : { ...draft, width, height, frames, picture };
}

const tooLong = (text: string): boolean => text.length > limits.prompt;

export type Obstacle =
  | 'prompt-empty'
  | 'prompt-long'
  | 'negative-long'
  | 'picture-needed'
  | 'picture-unused'
  | 'several';

/** Why this draft cannot be added as it is. */
export function obstacle(draft: Draft, model: Model): Obstacle | null {
  if (tooLong(draft.prompt)) return 'prompt-long';
  if (tooLong(draft.negativePrompt)) return 'negative-long';
  if (model.task === 'image-to-video' && draft.picture === null) return 'picture-needed';
  if (model.task === 'text-to-video' && draft.picture !== null) return 'picture-unused';
  return draft.prompt.trim() === '' ? 'prompt-empty' : null;
}

/** Cut to what can be kept, never through the middle of a character. */
export function cut(text: string, end: number = limits.prompt): string {
  if (text.length <= end) return text;
  const split = /[\ud800-\udbff]/.test(text.charAt(end - 1));
  return text.slice(0, split ? end - 1 : end);
}

/** Six digits are enough to be different, and few enough to be told to somebody. */
export const newSeed = (): number => Math.floor(Math.random() * 1_000_000);

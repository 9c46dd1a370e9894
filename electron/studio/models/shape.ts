import type { Model } from '../../../contract/model.ts';
import { limits, type RenderSettings } from '../../../contract/render.ts';

/** Why a model cannot make a clip of these settings, in one sentence that names what it can; null when it can. */
export function shapeProblem(model: Model, settings: Omit<RenderSettings, 'seed'>): string | null {
  const { sideMultiple, framesMultiple, maxFrames } = model.shape;
  for (const [side, value] of [
    ['width', settings.width],
    ['height', settings.height],
  ] as const) {
    if (value % sideMultiple !== 0) {
      const near = nearest(value, sideMultiple, 0, limits.side.min, limits.side.max);
      return `${model.name} makes clips whose ${side} is a multiple of ${sideMultiple}. The nearest to ${value}: ${near.join(' or ')}.`;
    }
  }
  if (settings.frames > maxFrames) {
    return `${model.name} makes clips of at most ${maxFrames} frames. Ask for ${maxFrames} or fewer.`;
  }
  if ((settings.frames - 1) % framesMultiple !== 0) {
    const near = nearest(settings.frames, framesMultiple, 1, 1, maxFrames);
    return `${model.name} makes clips of a multiple of ${framesMultiple} frames plus one. The nearest to ${settings.frames}: ${near.join(' or ')}.`;
  }
  if (model.task === 'image-to-video' && settings.image === null) {
    return `${model.name} starts from a picture. Give it one with --image, or choose a model that starts from words.`;
  }
  if (model.task === 'text-to-video' && settings.image !== null) {
    return `${model.name} starts from words. To start from a picture choose an image-to-video model.`;
  }
  return null;
}

/** The multiples just below and just above, inside the range. */
export function nearest(value: number, multiple: number, offset: number, min: number, max: number): number[] {
  const below = Math.floor((value - offset) / multiple) * multiple + offset;
  const lowest = Math.ceil((min - offset) / multiple) * multiple + offset;
  const highest = Math.floor((max - offset) / multiple) * multiple + offset;
  const clamp = (n: number) => Math.min(highest, Math.max(lowest, n));
  return [...new Set([clamp(below), clamp(below + multiple)])];
}

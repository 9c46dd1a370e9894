import type { Model } from '../../../contract/model.ts';
import type { ShapeProblem } from '../../../contract/refusal.ts';
import { limits, type RenderSettings } from '../../../contract/render.ts';

type Shape = Pick<RenderSettings, 'width' | 'height' | 'frames'>;

/** Why a model cannot make a clip of these settings, with the nearest that it can; null when it can. */
export function shapeProblem(
  model: Pick<Model, 'shape' | 'task' | 'defaults'>,
  { width, height, frames, hasPicture }: Shape & { hasPicture: boolean },
): ShapeProblem | null {
  const { sideMultiple, framesMultiple, maxFrames, fixedSize } = model.shape;
  const { defaults } = model;
  if (fixedSize && (width !== defaults.width || height !== defaults.height))
    return { kind: 'size', width: defaults.width, height: defaults.height };
  if (width % sideMultiple !== 0 || height % sideMultiple !== 0)
    return { kind: 'sides', width, height, multiple: sideMultiple, nearest: nearestSizes(width, height, sideMultiple) };
  if (frames > maxFrames) return { kind: 'length', max: maxFrames };
  if ((frames - 1) % framesMultiple !== 0) {
    const near = nearest(frames, framesMultiple, 1, 1, maxFrames);
    return { kind: 'frames', value: frames, multiple: framesMultiple, nearest: near };
  }
  if (model.task === 'image-to-video' && !hasPicture) return { kind: 'picture-needed' };
  if (model.task === 'text-to-video' && hasPicture) return { kind: 'picture-not-used' };
  return null;
}

/** The same in one sentence, for the command line. */
export function shapeSentence({ name }: Pick<Model, 'name'>, problem: ShapeProblem): string {
  switch (problem.kind) {
    case 'size':
      return `${name} makes clips of ${problem.width}x${problem.height} alone. Ask for that size, or choose another model.`;
    case 'sides': {
      const { width, height, multiple } = problem;
      const near = problem.nearest.map((size) => `${size.width}x${size.height}`).join(' or ');
      return `${name} makes clips whose width and height are multiples of ${multiple}. The nearest to ${width}x${height}: ${near}.`;
    }
    case 'length':
      return `${name} makes clips of at most ${problem.max} frames. Ask for ${problem.max} or fewer.`;
    case 'frames':
      return `${name} makes clips of a multiple of ${problem.multiple} frames plus one. The nearest to ${problem.value}: ${problem.nearest.join(' or ')}.`;
    case 'picture-needed':
      return `${name} starts from a picture. Give it one with --image, or choose a model that starts from words.`;
    case 'picture-not-used':
      return `${name} starts from words. To start from a picture choose an image-to-video model.`;
  }
}

/** The sizes just below and just above; a side that can be made stays as it is. */
export function nearestSizes(width: number, height: number, multiple: number): { width: number; height: number }[] {
  const near = (side: number) =>
    side % multiple === 0 ? [side] : nearest(side, multiple, 0, limits.side.min, limits.side.max);
  const [widths, heights] = [near(width), near(height)];
  const size = (at: 0 | -1) => ({ width: widths.at(at) ?? width, height: heights.at(at) ?? height });
  const [below, above] = [size(0), size(-1)];
  return below.width === above.width && below.height === above.height ? [below] : [below, above];
}

/** The multiples just below and just above, inside the range. */
export function nearest(value: number, multiple: number, offset: number, min: number, max: number): number[] {
  const below = Math.floor((value - offset) / multiple) * multiple + offset;
  const lowest = Math.ceil((min - offset) / multiple) * multiple + offset;
  const highest = Math.floor((max - offset) / multiple) * multiple + offset;
  const clamp = (n: number) => Math.min(highest, Math.max(lowest, n));
  return [...new Set([clamp(below), clamp(below + multiple)])];
}

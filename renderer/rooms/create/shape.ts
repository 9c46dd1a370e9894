import type { Model } from '../../../contract/model.ts';
import { limits } from '../../../contract/render.ts';

export interface Size {
  width: number;
  height: number;
}

export type SizeKind = 'landscape' | 'portrait' | 'square' | 'wide';

/** The shortest and longest side that a model can make. */
export function sideRange({ shape }: Pick<Model, 'shape'>): { min: number; max: number; step: number } {
  const step = shape.sideMultiple;
  return {
    min: Math.ceil(limits.side.min / step) * step,
    max: Math.floor(limits.side.max / step) * step,
    step,
  };
}

/** The nearest side that the model can make. */
function allowedSide(model: Pick<Model, 'shape'>, side: number): number {
  const { min, max, step } = sideRange(model);
  return Math.min(max, Math.max(min, Math.round(side / step) * step));
}

/** The nearest size that the model can make. */
export function allowedSize(model: Pick<Model, 'shape' | 'defaults'>, { width, height }: Size): Size {
  if (model.shape.fixedSize) return { width: model.defaults.width, height: model.defaults.height };
  return { width: allowedSide(model, width), height: allowedSide(model, height) };
}

/** A few sizes of about the area that the model is made for, each of which it can make. */
export function sizesOf(model: Pick<Model, 'shape' | 'defaults'>): (Size & { kind: SizeKind })[] {
  const { width, height } = model.defaults;
  if (model.shape.fixedSize) return [{ kind: width < height ? 'portrait' : 'landscape', width, height }];
  const long = Math.max(width, height);
  const short = Math.min(width, height);
  const area = width * height;
  const fitted = (kind: SizeKind, w: number, h: number) => ({ kind, ...allowedSize(model, { width: w, height: h }) });
  const side = Math.sqrt(area);
  const wideHeight = Math.sqrt(area / 2.35);
  const all = [
    fitted('landscape', long, short),
    fitted('portrait', short, long),
    fitted('square', side, side),
    fitted('wide', wideHeight * 2.35, wideHeight),
  ];
  return all.filter(
    (size, at) => all.findIndex((each) => each.width === size.width && each.height === size.height) === at,
  );
}

/** Every length that the model can make and that moves, shortest first. */
export function lengthsOf({ shape }: Pick<Model, 'shape'>): number[] {
  const most = Math.min(shape.maxFrames, limits.frames.max);
  const count = Math.floor((most - 1) / shape.framesMultiple);
  return Array.from({ length: count }, (_, at) => (at + 1) * shape.framesMultiple + 1);
}

export function allowedFrames(model: Pick<Model, 'shape' | 'defaults'>, frames: number): number {
  const lengths = lengthsOf(model);
  return lengths.reduce(
    (best, each) => (Math.abs(each - frames) < Math.abs(best - frames) ? each : best),
    lengths[0] ?? model.defaults.frames,
  );
}

/** From hardly enough to more than is worth waiting for, and whatever is asked for now. */
export function stepsRange(model: Pick<Model, 'defaults'>, now: number): { min: number; max: number } {
  const { steps } = model.defaults;
  return {
    min: Math.min(now, Math.max(1, Math.ceil(steps / 4))),
    max: Math.min(limits.steps.max, Math.max(now, steps * 2)),
  };
}

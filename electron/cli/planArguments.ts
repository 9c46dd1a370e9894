import type { ParseArgsConfig } from 'node:util';
import { limits } from '../../contract/render.ts';
import { common, read, text, Wrong } from './options.ts';
import { decimal, modelName, whole } from './values.ts';

export interface PlanCommand {
  kind: 'plan';
  model: string | null;
  width: number | null;
  height: number | null;
  frames: number | null;
  steps: number | null;
  guidance: number | null;
  /** Another machine than this one. */
  elsewhere: { card: string; vram: number; ram: number | null } | null;
}

/** Without what another machine would be. */
export interface CalibrateCommand extends Omit<PlanCommand, 'kind' | 'elsewhere'> {
  kind: 'calibrate';
}

const shapeOptions = {
  ...{ model: text, width: text, height: text, frames: text, steps: text, guidance: text },
  ...common,
} satisfies ParseArgsConfig['options'];
const planOptions = { ...shapeOptions, card: text, vram: text, ram: text } satisfies ParseArgsConfig['options'];

function shapeOf(values: { [option in keyof typeof shapeOptions]?: string | boolean | undefined }, folder: string) {
  const given = (option: 'model' | 'width' | 'height' | 'frames' | 'steps' | 'guidance') => {
    const value = values[option];
    return typeof value === 'string' ? value : undefined;
  };
  const model = given('model');
  return {
    model: model === undefined ? null : modelName(model, folder),
    width: whole('--width', given('width'), limits.side),
    height: whole('--height', given('height'), limits.side),
    frames: whole('--frames', given('frames'), limits.frames),
    steps: whole('--steps', given('steps'), limits.steps),
    guidance: decimal('--guidance', given('guidance'), limits.guidance),
  };
}

export function plan(args: string[], folder: string): PlanCommand {
  const { values } = read(args, planOptions, false);
  const ram = decimal('--ram', values.ram, { min: 1, max: 4096 });
  const vram = decimal('--vram', values.vram, { min: 0.5, max: 1024 });
  if (vram === null && (values.card !== undefined || ram !== null))
    throw new Wrong('Say how much memory the card has, in gigabytes: --card "RTX 3060" --vram 12.');
  return {
    kind: 'plan',
    ...shapeOf(values, folder),
    elsewhere: vram === null ? null : { card: values.card?.trim() ?? '', vram, ram },
  };
}

export const calibrate = (args: string[], folder: string): CalibrateCommand => ({
  kind: 'calibrate',
  ...shapeOf(read(args, shapeOptions, false).values, folder),
});

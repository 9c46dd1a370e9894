import { expect, it } from 'vitest';
import type { MeasuredPhase } from '../../../contract/plan.ts';
import { measuredModels } from './measured.ts';

const phase = (name: MeasuredPhase['phase'], model: string, seconds: number, clips = 3): MeasuredPhase => ({
  ...{ device: 'card', model, phase: name, clips, seconds, predictedSeconds: 2 * seconds },
  ...{ deviceBytes: null, predictedDeviceBytes: null },
});

it('the phases of a model are one clip, without the loading that a second clip does not need', () => {
  const found = measuredModels([
    phase('loading', 'one', 100),
    phase('denoising', 'one', 30),
    phase('decoding', 'one', 5, 2),
    phase('denoising', 'other', 1),
  ]);
  expect(found).toEqual([
    { model: 'one', device: 'card', clips: 3, seconds: 35, predictedSeconds: 70 },
    { model: 'other', device: 'card', clips: 3, seconds: 1, predictedSeconds: 2 },
  ]);
  expect(measuredModels([])).toEqual([]);
});

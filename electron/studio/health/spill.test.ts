import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Prediction } from '../../../contract/plan.ts';
import type { CardSample } from '../../../contract/telemetry.ts';
import { silent } from '../telemetry/cards.ts';
import { collapsed, memoryMoved, movesMemory, predictedStep } from './spill.ts';

const GiB = 2 ** 30;

describe('steps that collapse', () => {
  it.each<[string, number[], number | null, object | null]>([
    ['nothing yet', [], 4, null],
    ['the first two of a render, slow as predicted', [30, 4.2], 4, null],
    ['two slow ones behind the first', [30, 40, 44], 4, { stepSeconds: 40, expectedSeconds: 4 }],
    ['one slow one', [6, 4, 4, 4, 40], 4, null],
    ['a slow one between others', [6, 4, 4, 40, 4], 4, null],
    ['two slow ones, without a prediction', [6, 4, 4.1, 12.3, 13], null, { stepSeconds: 12.3, expectedSeconds: 4.1 }],
    ['not quite three times as slow', [6, 4, 4.1, 12.2, 13], null, null],
    ['too few before to compare with', [6, 4, 40, 40], null, null],
    ['slow ones that were so from the beginning', [60, 40, 41, 40, 40], 4, { stepSeconds: 40, expectedSeconds: 4 }],
    ['a prediction that was far too high', [6, 4, 4, 40, 40], 400, { stepSeconds: 40, expectedSeconds: 4 }],
    ['short steps, four times as long', [0.3, 0.05, 0.05, 0.2, 0.2], null, null],
  ])('%s', (_, seconds, predicted, found) => {
    expect(collapsed(seconds, predicted)).toEqual(found);
  });

  it('are not found among steps that spread over less than a factor of three', () => {
    const spread = fc.array(fc.double({ min: 1, max: 2.99, noNaN: true }), { maxLength: 60 });
    fc.assert(
      fc.property(spread, fc.double({ min: 0.01, max: 500, noNaN: true }), fc.nat(500), (shares, unit, first) => {
        expect(collapsed([first, ...shares.map((share) => share * unit)], null)).toBeNull();
      }),
    );
  });
});

describe('the prediction of a step', () => {
  const prediction: Prediction = {
    phases: [{ phase: 'decoding', seconds: 26, deviceBytes: null, deviceNeed: null, hostBytes: 0 }],
    ...{ seconds: 100, stepSeconds: 2, deviceNeed: null, hostBytes: 0, basis: 'measured' },
  };
  it('is known where it rests on something', () => {
    expect(predictedStep(prediction, 'denoising', 50)).toBe(2);
    expect(predictedStep(prediction, 'decoding', 13)).toBe(2);
    expect(predictedStep({ ...prediction, phases: [] }, 'decoding', 13)).toBeNull();
    expect(predictedStep({ ...prediction, basis: 'known' }, 'denoising', 50)).toBe(6);
    expect(predictedStep({ ...prediction, basis: 'known' }, 'decoding', 13)).toBe(6);
    expect(predictedStep({ ...prediction, basis: 'guessed' }, 'denoising', 50)).toBeNull();
    expect(predictedStep(null, 'denoising', 50)).toBeNull();
  });
});

describe('steps that are three times as slow from the first', () => {
  const steady = [31, 30, 30, 30, 30, 30];
  const prediction = { phases: [], stepSeconds: 10, seconds: 500, deviceNeed: null, hostBytes: 0 };
  it.each([
    ['published figures were too hopeful', 'known', false],
    ['clips that were made here were faster', 'measured', true],
  ] as const)('%s', (_, basis, is) => {
    expect(collapsed(steady, predictedStep({ ...prediction, basis }, 'denoising', 50)) !== null).toBe(is);
  });
});

it('only drivers of Windows move memory', () => {
  expect(movesMemory('win32', '10.0.22631')).toBe(true);
  expect(movesMemory('linux', '5.15.153.1-microsoft-standard-WSL2')).toBe(true);
  expect(movesMemory('linux', '6.8.0-45-generic')).toBe(false);
});

describe('memory that was moved', () => {
  const total = 8 * GiB;
  const moved: CardSample = {
    ...silent('GPU-1'),
    ...{
      utilisation: 99,
      memoryUsed: 0.98 * total,
      memoryTotal: total,
      power: 49,
      powerLimit: 200,
      slowedBy: 'nothing',
    },
  };
  it.each<[string, Partial<CardSample>, boolean]>([
    ['busy at 49 W with a full card', {}, true],
    ['where power is not told', { power: null, powerLimit: null, slowedBy: null }, true],
    ['less free than plans leave', { memoryUsed: total - 0.4 * GiB }, true],
    ['room enough', { memoryUsed: total - 0.6 * GiB }, false],
    ['a card that draws all that it may: it calculates', { power: 190 }, false],
    ['a card that is too hot', { slowedBy: 'heat' }, false],
    ['a card on a battery', { slowedBy: 'power' }, false],
    ['a card that does not answer', { memoryUsed: null, memoryTotal: null }, false],
  ])('%s', (_, reading, expected) => {
    expect(memoryMoved({ ...moved, ...reading }, 0.5 * GiB)).toBe(expected);
  });
});

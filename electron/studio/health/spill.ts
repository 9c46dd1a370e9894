/**
 * Whether the driver has moved memory of a full card to the computer's, unasked, as it does on Windows: nothing is
 * said, and steps take many times as long. Pure.
 */
import type { Prediction } from '../../../contract/plan.ts';
import type { CardSample } from '../../../contract/telemetry.ts';
import { median } from '../jobs/timeLeft.ts';

const times = 3;
/** Steps in a row that must have collapsed. */
const inARow = 2;
/** What is less is chance, whatever share of a short step it is. */
const leastSeconds = 0.5;
/** Of the card, in use. */
const fullShare = 0.97;
/** What a prediction from published figures may be too low by, against one from clips that were made here. */
const unmeasured = 3;
/** Of the power limit: a card that waits for the bus draws less. */
const atWork = 0.8;

export interface Collapse {
  stepSeconds: number;
  expectedSeconds: number;
}

/** Whether the driver of such a system moves memory at all: on Linux itself it refuses. */
export const movesMemory = (platform: NodeJS.Platform, release: string): boolean =>
  platform === 'win32' || /microsoft/i.test(release);

/** What one step of a phase takes at most, by prediction; null where that is a guess. */
export function predictedStep(
  prediction: Prediction | null,
  phase: 'denoising' | 'decoding',
  of: number,
): number | null {
  if (prediction === null || prediction.basis === 'guessed') return null;
  const atMost = prediction.basis === 'measured' ? 1 : unmeasured;
  if (phase === 'denoising') return atMost * prediction.stepSeconds;
  const decoding = prediction.phases.find((each) => each.phase === 'decoding');
  return decoding === undefined ? null : (atMost * decoding.seconds) / of;
}

/**
 * `seconds` are those of a phase's steps since the render began or went on, in their order. They are measured against
 * what was predicted and against those that went before, whichever is less. The first one says nothing: kernels are
 * loaded in it.
 */
export function collapsed(seconds: readonly number[], predicted: number | null): Collapse | null {
  const usual = seconds.slice(1, -inARow);
  const last = seconds.slice(1).slice(-inARow);
  const own = usual.length >= inARow ? median(usual) : null;
  const known = [own, predicted].filter((value) => value !== null);
  if (last.length < inARow || known.length === 0) return null;
  const expectedSeconds = Math.min(...known);
  const stepSeconds = Math.min(...last);
  const slow = stepSeconds >= times * expectedSeconds && stepSeconds >= expectedSeconds + leastSeconds;
  return slow ? { stepSeconds, expectedSeconds } : null;
}

/** A card that is full and does not slow down for a reason of its own. `reserveBytes`: what plans leave free of it. */
export function memoryMoved(card: CardSample, reserveBytes: number): boolean {
  const { memoryUsed: used, memoryTotal: total, slowedBy, power, powerLimit } = card;
  if (used === null || total === null) return false;
  const full = used >= fullShare * total || total - used < reserveBytes;
  const throttled = slowedBy !== null && slowedBy !== 'nothing';
  const works = power !== null && powerLimit !== null && power > atWork * powerLimit;
  return full && !throttled && !works;
}

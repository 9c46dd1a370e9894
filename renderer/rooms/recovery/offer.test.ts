import { describe, expect, it } from 'vitest';
import type { JobState } from '../../../contract/job.ts';
import { choicesOf, offerOf, sameKept } from './offer.ts';
import { inEightBits, inSlabs, outOfMemory } from './recovery.fixture.ts';

const failed = (change: object): JobState => ({
  kind: 'failed',
  failure: outOfMemory,
  kept: { kind: 'embeddings' },
  ...change,
});
const recovering = (change: object): JobState => ({ kind: 'recovering', attempt: 2, failure: outOfMemory, ...change });

describe('what is offered', () => {
  it('is nothing for what has not failed, and for a failure that nobody has thought about', () => {
    expect(offerOf({ kind: 'denoising', step: 1, of: 2 })).toBeNull();
    expect(offerOf(failed({}))).toBeNull();
  });
  it('counts down while there is a moment at which it begins', () => {
    const offer = offerOf(recovering({ recovery: inSlabs, others: [inEightBits], beginsAt: 5 }));
    expect(offer).toMatchObject({ kind: 'countdown', beginsAt: 5, kept: { kind: 'latents' }, proposed: inSlabs });
    expect(offer).toHaveProperty('choosing', false);
    expect(offerOf(recovering({ recovery: inSlabs, beginsAt: 5, choosing: true }))).toHaveProperty('choosing', true);
    expect(choicesOf(offer)).toEqual([
      { recovery: inSlabs, choice: null },
      { recovery: inEightBits, choice: 0 },
    ]);
  });
  it('has begun without such a moment, and while the engine is repaired', () => {
    const begun = offerOf(recovering({ recovery: inSlabs }));
    expect(begun).toMatchObject({ kind: 'begun', attempt: 2, recovery: inSlabs });
    expect(choicesOf(begun)).toEqual([]);
    expect(offerOf(recovering({ beginsAt: 5 }))).toMatchObject({ kind: 'begun', recovery: null });
  });
  it('waits to be asked for, going on from what the proposal keeps', () => {
    const offer = offerOf(failed({ next: { kind: 'recover', recovery: inSlabs, others: [] } }));
    expect(offer).toMatchObject({ kind: 'waits', kept: { kind: 'latents' } });
  });
  it('has ended, with what would change the picture', () => {
    const next = { kind: 'end', reason: 'no-way-left', others: [inEightBits], remedies: [] };
    const offer = offerOf(failed({ next }));
    expect(offer).toMatchObject({ kind: 'ended', reason: 'no-way-left', kept: { kind: 'embeddings' } });
    expect(choicesOf(offer)).toEqual([{ recovery: inEightBits, choice: 0 }]);
  });
});

it('tells what is kept apart by its step', () => {
  const step = (at: number) => ({ kind: 'checkpoint', step: at }) as const;
  expect(sameKept(step(3), step(3))).toBe(true);
  expect(sameKept(step(3), step(4))).toBe(false);
  expect(sameKept({ kind: 'latents' }, { kind: 'latents' })).toBe(true);
  expect(sameKept({ kind: 'latents' }, step(4))).toBe(false);
});

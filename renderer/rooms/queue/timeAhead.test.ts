import { describe, expect, it } from 'vitest';
import type { Live } from '../../../contract/engine.ts';
import { clipOf } from '../library/clip.fixture.ts';
import { jobOf } from './job.fixture.ts';
import { secondsOf, timeAhead } from './timeAhead.ts';

const clips = [clipOf('before')]; // 20 steps in 7 s, 3 s for the rest
const live = (secondsLeft: number | null): Live => ({
  jobId: 'running',
  phase: 'denoising',
  step: 3,
  of: 20,
  secondsAStep: 0.35,
  secondsLeft,
  phaseSeconds: {},
  phaseSince: 0,
  kept: { kind: 'nothing' },
});
const running = [jobOf('running', { state: { kind: 'denoising', step: 3, of: 20 } })];

describe('what a job will take', () => {
  const { settings } = jobOf('a');

  it('follows the newest clip of the same shape, by steps', () => {
    expect(secondsOf(jobOf('a'), clips)).toBeCloseTo(10);
    expect(secondsOf(jobOf('a', { settings: { ...settings, steps: 40 } }), clips)).toBeCloseTo(17);
  });

  it('is less when steps are kept', () => {
    const state = { kind: 'paused', reason: 'asked', kept: { kind: 'checkpoint', step: 10 } } as const;
    expect(secondsOf(jobOf('a', { state }), clips)).toBeCloseTo(6.5);
    const decoded = { kind: 'failed', failure: failure(), kept: { kind: 'latents' } } as const;
    expect(secondsOf(jobOf('a', { state: decoded }), clips)).toBeCloseTo(3);
  });

  it('is not guessed from another model, shape or guidance', () => {
    expect(secondsOf(jobOf('a', { model: 'other' }), clips)).toBeNull();
    expect(secondsOf(jobOf('a', { settings: { ...settings, frames: 33 } }), clips)).toBeNull();
    expect(secondsOf(jobOf('a', { settings: { ...settings, guidance: 1 } }), clips)).toBeNull();
  });
});

describe('the time ahead', () => {
  it('is the sum when everything is known', () => {
    expect(timeAhead(running, [jobOf('a'), jobOf('b')], live(4), clips)).toEqual({ seconds: 24, atLeast: false });
  });

  it('says when it is only part of it', () => {
    expect(timeAhead(running, [jobOf('a', { model: 'other' })], live(4), clips)).toEqual({ seconds: 4, atLeast: true });
    expect(timeAhead(running, [jobOf('a')], live(null), clips)).toEqual({ seconds: 10, atLeast: true });
  });

  it('is not told when nothing is known', () => {
    expect(timeAhead(running, [jobOf('a')], live(null), [])).toBeNull();
    expect(timeAhead([], [], null, clips)).toBeNull();
  });
});

function failure() {
  return { cause: 'disk-full', phase: 'finishing', detail: '', path: '/' } as const;
}

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { phases } from '../../../contract/render.ts';
import { type Course, courseOf, finishedCourse, stoppedCourse, timeline } from './timeline.ts';

const denoising: Course = {
  phase: 'denoising',
  stands: null,
  step: 31,
  of: 50,
  took: { loading: 4, encoding: 2 },
  nowTakes: 105,
};

describe('the timeline of a render', () => {
  it('has what is over, what goes on and what is ahead', () => {
    const segments = timeline(denoising, null);
    expect(segments.map(({ phase, state, seconds }) => [phase, state, seconds])).toEqual([
      ['loading', 'over', 4],
      ['encoding', 'over', 2],
      ['denoising', 'now', null],
      ['decoding', 'ahead', null],
      ['finishing', 'ahead', null],
    ]);
    expect(segments[2]?.done).toBeCloseTo(0.62);
  });

  it('gives each phase the width of its time', () => {
    const [loading, , den, dec] = timeline(denoising, { decoding: 52.5, finishing: 10 });
    expect(den?.share ?? 0).toBeGreaterThan((dec?.share ?? 0) * 1.9);
    expect(loading?.share).toBeGreaterThan(0.04);
  });

  it('always fills the width, and shows every phase', () => {
    const time = fc.double({ min: 0, max: 1e5, noNaN: true });
    fc.assert(
      fc.property(fc.constantFrom(...phases), time, time, time, (phase, one, other, now) => {
        const course: Course = { ...denoising, phase, took: { loading: one, encoding: other }, nowTakes: now };
        const segments = timeline(course, { decoding: other });
        expect(segments.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1);
        for (const { share, done } of segments) {
          expect(share).toBeGreaterThan(0.05);
          expect(done).toBeGreaterThanOrEqual(0);
          expect(done).toBeLessThanOrEqual(1);
        }
      }),
    );
  });

  it('knows from a live render how long its steps take in all', () => {
    const live = {
      jobId: 'j',
      phase: 'denoising',
      step: 3,
      of: 16,
      secondsAStep: 2,
      secondsLeft: null,
      phaseSeconds: { loading: 1 },
      phaseSince: 0,
      kept: { kind: 'nothing' },
    } as const;
    expect(courseOf(live)).toMatchObject({ nowTakes: 32, took: { loading: 1 }, stands: null });
    expect(courseOf({ ...live, secondsAStep: null }).nowTakes).toBeNull();
  });
});

describe('the timeline of what is done', () => {
  it('is over from end to end', () => {
    const segments = timeline(finishedCourse({ loading: 1, denoising: 9, decoding: 4 }), null);
    expect(segments.every(({ state, done }) => state === 'over' && done === 1)).toBe(true);
    expect(segments[2]?.share).toBeGreaterThan(0.5);
  });
});

describe('the timeline of what stands still', () => {
  it('stops where it stopped', () => {
    const kept = { kind: 'checkpoint', step: 8 } as const;
    const paused = stoppedCourse({ kind: 'paused', reason: 'asked', kept }, 16);
    expect(paused).toMatchObject({ phase: 'denoising', step: 8, of: 16, stands: 'held' });
    const failure = {
      cause: 'device-memory',
      phase: 'decoding',
      detail: '',
      requestedBytes: null,
      allocatedBytes: null,
      reservedBytes: null,
      freeBytes: null,
    } as const;
    const failed = stoppedCourse({ kind: 'failed', failure, kept: { kind: 'latents' } }, 16);
    expect(failed).toMatchObject({ phase: 'decoding', step: null, stands: 'failed' });
    expect(failed && timeline(failed, null).map(({ state }) => state)).toEqual([
      'over',
      'over',
      'over',
      'failed',
      'ahead',
    ]);
  });

  it('is none for what waits or is done', () => {
    expect(stoppedCourse({ kind: 'queued', kept: { kind: 'nothing' } }, 16)).toBeNull();
  });
});

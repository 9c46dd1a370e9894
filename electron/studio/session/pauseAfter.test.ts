import { describe, expect, it } from 'vitest';
import type { Job, JobState } from '../../../contract/job.ts';
import { afterRestart } from './pauseAfter.ts';

const hour = 3_600_000;
const kept = { kind: 'nothing' } as const;
const job = (state: JobState) => ({ id: 'a', state }) as Job;
const failure = { cause: 'hang', phase: null, seconds: 1, detail: '' } as const;

describe('a pause after a clip that was asked for before a restart', () => {
  it.each<[string, JobState, string]>([
    ['a clip that was cut off', { kind: 'denoising', step: 1, of: 2 }, 'wait'],
    ['one that was interrupted', { kind: 'paused', reason: 'interrupted', kept }, 'wait'],
    ['one that stands with the queue', { kind: 'paused', reason: 'queue', kept }, 'wait'],
    ['one that was being recovered', { kind: 'recovering', attempt: 1, failure }, 'wait'],
    ['one that somebody paused by itself', { kind: 'paused', reason: 'asked', kept }, 'forget'],
    ['one that was finished', { kind: 'done', bytes: 1, seconds: 1, phaseSeconds: {} }, 'pause'],
    ['one that failed', { kind: 'failed', failure, kept }, 'pause'],
    ['one that was cancelled', { kind: 'cancelled', kept }, 'pause'],
  ])('%s', (_, state, expected) => expect(afterRestart({ job: 'a', at: hour }, job(state), 2 * hour)).toBe(expected));

  it('is forgotten with its clip, and by the next day', () => {
    expect(afterRestart({ job: 'a', at: hour }, null, 2 * hour)).toBe('forget');
    const interrupted = job({ kind: 'paused', reason: 'interrupted', kept });
    expect(afterRestart({ job: 'a', at: hour }, interrupted, 13 * hour)).toBe('wait');
    expect(afterRestart({ job: 'a', at: hour }, interrupted, 14 * hour)).toBe('forget');
    // A clock that was put back says nothing of the night.
    expect(afterRestart({ job: 'a', at: hour }, interrupted, 0)).toBe('forget');
  });
});

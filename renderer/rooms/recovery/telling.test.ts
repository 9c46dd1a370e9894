import { beforeAll, describe, expect, it, vi } from 'vitest';
import type { JobState } from '../../../contract/job.ts';
import type { NextAttempt } from '../../../contract/recovery.ts';
import { startWords } from '../../i18n/index.ts';
import { jobOf } from '../queue/job.fixture.ts';
import { inSlabs, outOfMemory } from './recovery.fixture.ts';
import { tellingOf } from './telling.ts';

const { settings } = jobOf('a');
const job = (state: JobState) => jobOf('a', { state, settings: { ...settings, height: 480 } });
const running = job({ kind: 'decoding', step: 0, of: 4 });
const counting = job({ kind: 'recovering', attempt: 2, failure: outOfMemory, recovery: inSlabs, beginsAt: 15_000 });
const begun = job({ kind: 'recovering', attempt: 2, failure: outOfMemory, recovery: inSlabs });
const kept = { kind: 'latents' } as const;
const next: NextAttempt = { kind: 'recover', recovery: inSlabs, others: [] };
const waits = job({ kind: 'failed', failure: outOfMemory, kept, next });
const attempt = 'Attempt 2: decoding in slabs of 64 rows';

describe('what those who listen are told', () => {
  beforeAll(() => {
    vi.stubGlobal('document', { documentElement: {} });
    startWords('en');
  });
  it('is once that it recovers by itself', () => {
    const words = 'The card ran out of memory while decoding the frames. Reelwright recovers it by itself in 15 s.';
    expect(tellingOf(running, counting, 0)).toBe(words);
    expect(tellingOf(null, counting, 0)).toBe(words);
    expect(tellingOf(counting, { ...counting, position: 5 }, 5000)).toBeNull();
  });
  it('is nothing while somebody chooses, and that it recovers by itself when they no longer do', () => {
    const stands = job({ ...counting.state, beginsAt: 400_000, choosing: true } as JobState);
    expect(tellingOf(counting, stands, 10_000)).toBeNull();
    expect(tellingOf(null, stands, 10_000)).toBeNull();
    const anew = job({ ...counting.state, beginsAt: 35_000 } as JobState);
    expect(tellingOf(stands, anew, 20_000)).toMatch(/by itself in 15 s\.$/);
    // Another failure, of which nothing was heard in between.
    const next = job({ ...counting.state, attempt: 3, beginsAt: 400_000 } as JobState);
    expect(tellingOf(counting, next, 390_000)).toMatch(/by itself in 10 s\.$/);
  });
  it('is that it begins, also when that is over before it is seen', () => {
    expect(tellingOf(counting, begun, 0)).toBe(attempt);
    expect(tellingOf(counting, running, 0)).toBe(attempt);
    expect(tellingOf(begun, running, 0)).toBeNull();
    expect(tellingOf(begun, begun, 0)).toBeNull();
  });
  it('is that it waits, unless it did when the page was opened', () => {
    expect(tellingOf(running, waits, 0)).toMatch(/waits for you\.$/);
    expect(tellingOf(null, waits, 0)).toBeNull();
    expect(tellingOf(waits, job({ kind: 'queued', kept }), 0)).toBeNull();
  });
  it('is why nothing more is done', () => {
    const end: NextAttempt = { kind: 'end', reason: 'no-way-left', others: [], remedies: [] };
    expect(tellingOf(running, job({ kind: 'failed', failure: outOfMemory, kept, next: end }), 0)).toMatch(
      /was tried\.$/,
    );
    const plain = job({ kind: 'failed', failure: { cause: 'internal', phase: null, detail: '' }, kept });
    expect(tellingOf(running, plain, 0)).toBe('Something went wrong while starting. Try again.');
    expect(tellingOf(null, plain, 0)).toBeNull();
  });
});

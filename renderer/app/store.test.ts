import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { StudioEvent } from '../../contract/events.ts';
import type { Job, JobState } from '../../contract/job.ts';
import type { Preview } from '../../contract/preview.ts';
import { Settings } from '../../contract/settings.ts';
import { afterEvent, isInLine, runningJob, type StudioState, useStudio } from './store.ts';

const job = (id: string, position: number, state: JobState = { kind: 'loading' }): Job => ({
  id,
  createdAt: 0,
  updatedAt: 0,
  model: 'm',
  settings: {
    prompt: 'p',
    negativePrompt: '',
    image: null,
    width: 256,
    height: 160,
    frames: 17,
    fps: 8,
    steps: 16,
    guidance: 3,
    scheduler: 'ddim',
    seed: 1,
  },
  out: '/o.mp4',
  overwrite: false,
  requestKey: id,
  position,
  picture: null,
  state,
});
const paused: JobState = { kind: 'paused', reason: 'asked', kept: { kind: 'nothing' } };
const live = (jobId: string) =>
  ({
    jobId,
    phase: 'denoising',
    step: 1,
    of: 16,
    secondsAStep: null,
    secondsLeft: null,
    phaseSeconds: {},
    phaseSince: 0,
    kept: { kind: 'nothing' },
  }) as const;
const preview = (jobId: string, changes: Partial<Preview> = {}): Preview => ({
  ...{ jobId, phase: 'denoising', step: 1, of: 16, before: 0, frames: 1, width: 1, height: 1, rgb: 'AAAA' },
  ...changes,
});

const begin = useStudio.getState();
function after(...events: StudioEvent[]): StudioState {
  let state = begin;
  for (const event of events) state = { ...state, ...afterEvent(state, event) };
  return state;
}
const snapshot: StudioEvent = {
  type: 'snapshot',
  engine: { kind: 'starting' },
  queue: { ...begin.queue, paused: true },
  jobs: [job('b', 2, paused), job('a', 1, paused)],
  live: null,
  health: { kind: 'healthy' },
  settings: Settings.parse({ theme: 'light' }),
  received: null,
};

describe('what the page knows', () => {
  it('begins with a snapshot', () => {
    const state = after(snapshot);
    expect(state).toMatchObject({
      known: true,
      connection: 'open',
      queue: { paused: true },
      settings: { theme: 'light' },
    });
    expect(state.jobs.map(({ id }) => id)).toEqual(['a', 'b']);
  });

  it('keeps jobs in the order of the queue', () => {
    const state = after(
      snapshot,
      { type: 'job', job: job('c', 1.5, paused) },
      { type: 'job', job: job('a', 3, paused) },
    );
    expect(state.jobs.map(({ id }) => id)).toEqual(['c', 'b', 'a']);
    expect(after(snapshot, { type: 'jobs-removed', ids: ['a'] }).jobs.map(({ id }) => id)).toEqual(['b']);
  });

  it('keeps that order whatever comes, one at a time or many at once', () => {
    const place = fc.integer({ min: 1, max: 6 });
    const id = fc.integer({ min: 0, max: 9 }).map(String);
    const change = fc.oneof(
      fc.tuple(id, place).map(([at, to]): StudioEvent => ({ type: 'job', job: job(at, to, paused) })),
      fc.array(fc.tuple(id, place), { maxLength: 5 }).map((all): StudioEvent => {
        const jobs = [...new Map(all.map(([at, to]) => [at, job(at, to, paused)])).values()];
        return { type: 'jobs', jobs };
      }),
      fc.array(id).map((ids): StudioEvent => ({ type: 'jobs-removed', ids })),
    );
    fc.assert(
      fc.property(fc.array(change, { maxLength: 30 }), (events) => {
        const expected = new Map<string, Job>();
        for (const event of events) {
          if (event.type === 'job') expected.set(event.job.id, event.job);
          else if (event.type === 'jobs') for (const each of event.jobs) expected.set(each.id, each);
          else if (event.type === 'jobs-removed') for (const each of event.ids) expected.delete(each);
        }
        const sorted = [...expected.values()].sort((a, b) => a.position - b.position || (a.id < b.id ? -1 : 1));
        expect(after(...events).jobs).toEqual(sorted);
      }),
    );
  });

  it('hands a finished job over to the library', () => {
    const done = job('a', 1, { kind: 'done', bytes: 1, seconds: 2, phaseSeconds: {} });
    const state = after(snapshot, { type: 'job', job: done });
    expect(state.jobs.map(({ id }) => id)).toEqual(['b']);
    expect(state.lastDone).toEqual(done);
  });

  it('knows which job runs', () => {
    expect(runningJob(after(snapshot))).toBeNull();
    expect(runningJob(after(snapshot, { type: 'job', job: job('b', 2) }))?.id).toBe('b');
  });

  it('knows which jobs come to their turn by themselves', () => {
    const kept = { kind: 'nothing' } as const;
    const states: JobState[] = [
      { kind: 'loading' },
      { kind: 'queued', kept },
      { kind: 'paused', reason: 'queue', kept },
      { kind: 'paused', reason: 'interrupted', kept },
      paused,
      { kind: 'cancelled', kept },
      { kind: 'failed', failure: { cause: 'internal', phase: null, detail: '' }, kept },
    ];
    expect(states.filter((state) => isInLine(job('a', 1, state)))).toEqual(states.slice(0, 4));
  });

  it('shows no preview of another job', () => {
    const seen = after(snapshot, { type: 'live', live: live('a') }, { type: 'preview', part: preview('a') });
    expect(seen.preview?.jobId).toBe('a');
    expect({ ...seen, ...afterEvent(seen, { type: 'live', live: live('a') }) }.preview?.jobId).toBe('a');
    expect({ ...seen, ...afterEvent(seen, { type: 'live', live: live('b') }) }.preview).toBeNull();
    expect({ ...seen, ...afterEvent(seen, { type: 'live', live: null }) }.preview).toBeNull();
    const failure = { cause: 'internal', phase: null, detail: '' } as const;
    const state = { kind: 'recovering', attempt: 2, failure } as const;
    const failed = { ...seen, ...afterEvent(seen, { type: 'job', job: { ...job('a', 1), state } }) };
    expect({ ...failed, ...afterEvent(failed, { type: 'live', live: null }) }.preview?.jobId).toBe('a');
    // Also when the connection was lost in between.
    const again = { ...snapshot, jobs: [...failed.jobs], live: null };
    expect({ ...failed, ...afterEvent(failed, again) }.preview?.jobId).toBe('a');
    expect({ ...failed, ...afterEvent(failed, { ...again, jobs: [] }) }.preview).toBeNull();
  });

  it('puts what is decoded after what was, once, and shows what begins anew', () => {
    const decoded = (before: number, rgb: string): StudioEvent => ({
      type: 'preview',
      part: preview('a', { phase: 'decoding', before, rgb }),
    });
    const shown = (...parts: StudioEvent[]) => {
      const denoised: StudioEvent = { type: 'preview', part: preview('a', { frames: 5 }) };
      const seen = after(snapshot, { type: 'live', live: live('a') }, denoised, ...parts).preview;
      return [seen?.phase, seen?.frames, seen?.rgb];
    };
    const [first, second, third] = [decoded(0, 'AAAA'), decoded(1, 'BBBB'), decoded(2, 'CCCC')];
    expect(shown()).toEqual(['denoising', 5, 'AAAA']);
    expect(shown(first)).toEqual(['decoding', 1, 'AAAA']);
    expect(shown(first, second, third)).toEqual(['decoding', 3, 'AAAABBBBCCCC']);
    // Told to a page that came later, and heard by it once more.
    expect(shown(first, second, second, third)).toEqual(['decoding', 3, 'AAAABBBBCCCC']);
    expect(shown(third)).toEqual(['denoising', 5, 'AAAA']);
    expect(shown(first, third)).toEqual(['decoding', 1, 'AAAA']);
    // Decoded again after a failure.
    expect(shown(first, second, first)).toEqual(['decoding', 1, 'AAAA']);
  });

  it('reads the library again after a connection was lost', () => {
    const { libraryVersion } = after(snapshot);
    expect(after(snapshot, snapshot).libraryVersion).toBeGreaterThan(libraryVersion);
    expect(after(snapshot, { type: 'library', added: ['x'], removed: [] }).libraryVersion).toBeGreaterThan(
      libraryVersion,
    );
  });

  it('keeps the notices of a job as long as the job, and not without end', () => {
    const notice = (jobId: string): StudioEvent => ({ type: 'notice', notice: { kind: 'repairing', jobId } });
    expect(after(snapshot, notice('a'), notice('b'), { type: 'jobs-removed', ids: ['a'] }).notices).toHaveLength(1);
    expect(after(snapshot, ...Array.from({ length: 50 }, () => notice('a'))).notices.length).toBeLessThan(50);
  });
});

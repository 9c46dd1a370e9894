import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Failure } from '../../contract/failure.ts';
import type { JobState } from '../../contract/job.ts';
import type { Recovery } from '../../contract/recovery.ts';
import { newJob } from '../studio/jobs/recovering.fixture.ts';
import { dataPaths } from '../studio/storage/paths.ts';
import { openStudio, type Studio } from '../studio/studio.ts';
import { jobs } from './jobs.ts';

const root = join(import.meta.dirname, '..', '..');
const lost: Failure = { cause: 'driver-lost', phase: null, detail: '' };

describe('jobs', () => {
  let home: string;
  let studio: Studio;
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'reelwright-list-'));
    const program = { resources: join(root, 'resources'), sidecar: join(root, 'python-sidecar') };
    studio = openStudio({ paths: dataPaths(home), program });
  });
  afterEach(() => {
    studio.dispose();
    rmSync(home, { recursive: true, force: true, maxRetries: 5 });
  });
  const list = async () => {
    let said = { text: '', data: {} as unknown };
    const result = (text: string, data: unknown) => {
      said = { text, data };
    };
    const output = { event: () => {}, result };
    await jobs({ kind: 'jobs', action: 'list' }, studio, output, null, new AbortController().signal);
    return said;
  };

  it('says why a queue that paused by itself stands', async () => {
    expect((await list()).text).toBe('No jobs yet.');
    studio.remembered.queuePause = { because: lost };
    const { text, data } = await list();
    expect(text).toMatch(/The queue has paused itself\. .*driver/);
    expect(data).toEqual({ jobs: [], queue: { paused: true, because: lost } });
    studio.remembered.queuePause = { because: null };
    expect((await list()).text).toMatch(/The queue is paused\.$/);
    studio.remembered.queuePause = null;
    expect((await list()).data).toMatchObject({ queue: { paused: false, because: null } });
  });

  it('says of a clip that failed after all what was tried', async () => {
    const { id } = studio.jobs.add(newJob);
    const failure: Failure = { cause: 'hang', phase: 'denoising', seconds: 60, detail: '' };
    const [kept, plan] = [{ kind: 'checkpoint', step: 3 } as const, null];
    const recovery: Recovery = {
      rung: { kind: 'fresh-worker' },
      keeps: kept,
      moreSeconds: null,
      changesPicture: false,
    };
    const state: JobState = {
      ...{ kind: 'failed', failure, kept },
      next: { kind: 'end', reason: 'no-progress', others: [], remedies: [] },
    };
    studio.jobs.setState(id, state, [
      { at: 1, failure, plan, kept, recovery },
      { at: 2, failure, plan, kept, recovery: null },
    ]);
    expect((await list()).text).toMatch(
      /stood still .*\. Tried: gone on with in a new process after the render process had stood still\. It failed again/,
    );
  });

  it.each([
    [{ kind: 'denoising', step: 3, of: 8 }, /stop.* at its next step/],
    // All its frames are there: nothing stops it any more.
    [{ kind: 'finishing' }, /its clip is finished all the same/],
  ] as const)(
    'says what becomes of a clip that another process makes when it is cancelled: %o',
    async (state, words) => {
      const { id } = studio.jobs.add(newJob);
      const lock = studio.holdEngine();
      studio.jobs.setState(id, state);
      const said: string[] = [];
      const output = { event: () => {}, result: (text: string) => void said.push(text) };
      await jobs({ kind: 'jobs', action: 'cancel', id }, studio, output, null, new AbortController().signal);
      expect(said).toEqual([expect.stringMatching(words)]);
      expect(studio.jobs.cancelRequested(id)).toBe(true);
      if (lock.kind === 'held') lock.release();
    },
  );

  it.each([
    ['asked', 'paused  '],
    ['queue', 'paused with the queue  '],
    ['interrupted', 'interrupted  '],
  ] as const)('says of a clip that was paused why: %s', async (reason, words) => {
    const { id } = studio.jobs.add(newJob);
    studio.jobs.setState(id, { kind: 'paused', reason, kept: { kind: 'nothing' } });
    expect((await list()).text).toContain(words);
  });
});

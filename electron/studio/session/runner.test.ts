import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Failure } from '../../../contract/failure.ts';
import { type Engine, JobQueue, type NewJob } from '../jobs/index.ts';
import { Refused } from '../refused.ts';
import { openStore } from '../storage/database.ts';
import { dataPaths } from '../storage/paths.ts';
import { openStudio, type Studio } from '../studio.ts';
import { Runner } from './runner.ts';

const root = join(import.meta.dirname, '../../..');
const lost: Failure = { cause: 'driver-lost', phase: null, detail: '' };
const broken: Failure = { cause: 'environment', phase: null, detail: '' };
const lostMidway: Failure = { ...lost, phase: 'denoising' };
const fullDisk: Failure = { cause: 'disk-full', phase: 'decoding', path: '/', detail: '' };

const job = (out: string): NewJob => ({
  ...{ model: 'paper-world', picture: null, out, overwrite: false, requestKey: out },
  settings: {
    ...{ prompt: 'a ball', negativePrompt: '', image: null, width: 256, height: 160, frames: 17, fps: 8 },
    ...{ steps: 20, guidance: 3, scheduler: 'ddim', seed: 1 },
  },
});

describe('a queue on a machine that cannot render any more', () => {
  let home: string;
  let studio: Studio;
  /** One for each job, whichever way it is tried. */
  let failures: Failure[];
  let met: Map<string, Failure>;
  let runner: Runner;
  let stands: () => void;
  let waits: () => void;
  beforeEach(async () => {
    home = mkdtempSync(join(tmpdir(), 'reelwright-runner-'));
    const program = { resources: join(root, 'resources'), sidecar: join(root, 'python-sidecar') };
    studio = openStudio({ paths: dataPaths(home), program });
    await studio.remembered.change({ recovery: 'ask' });
    [failures, met] = [[], new Map()];
    stands = () => {};
    waits = () => {};
    runner = newRunner();
  });
  const nothing = () => {};
  const newRunner = () =>
    new Runner(
      studio,
      { live: nothing, preview: nothing, notice: nothing, ended: nothing, stood: () => stands(), waits: () => waits() },
      async () => {},
    );
  afterEach(async () => {
    vi.restoreAllMocks();
    await runner.end();
    studio.dispose();
    rmSync(home, { recursive: true, force: true, maxRetries: 5 });
  });

  const engine: Engine = {
    findModel: async (wanted) => {
      const found = await studio.findModel(wanted);
      return found?.kind === 'model' ? found.model : null;
    },
    verifyModel: async () => null,
    plan: async ({ id }) => {
      const failure = met.get(id) ?? failures.shift();
      if (failure === undefined) throw new Error('Nothing more was to be begun.');
      met.set(id, failure);
      return { kind: 'failed', failure };
    },
    after: async () => ({ alternatives: [], offered: [], remedies: [] }),
    fresh: async () => {},
    render: () => Promise.reject(new Error('There is nothing to render with.')),
    repair: async () => false,
  };
  /** Until nothing runs. */
  const runs = async (count: number): Promise<string[]> => {
    studio.jobs.addMany(Array.from({ length: count }, (_, at) => job(join(home, `${at}.mp4`))));
    const stood = new Promise<void>((resolve) => {
      stands = () => {
        if (!runner.rendering) resolve();
      };
    });
    runner.begin(new JobQueue(studio.jobs, studio.library, engine, studio.paths));
    await stood;
    return studio.jobs.waiting().map(({ state }) => state.kind);
  };

  it('waits after the second that could not begin, and tries again when it is told to', async () => {
    failures = [lost, lost];
    expect(await runs(4)).toEqual(['failed', 'failed', 'queued', 'queued']);
    expect(studio.remembered.queuePaused).toBe(true);
    // Why is known after a restart, too.
    expect([runner.because, newRunner().because]).toEqual([lost, lost]);
    // Nobody comes to put it right in the night: what is wanted of the machine when all is done is done now.
    expect(runner.busy).toBe(false);
    await runner.pause();
    expect(runner.busy).toBe(true);
    expect(runner.because).toBeNull();
    failures = [lost, broken];
    met.clear();
    const stood = new Promise<void>((resolve) => {
      stands = () => {
        if (!runner.rendering) resolve();
      };
    });
    runner.resume();
    await stood;
    expect(studio.jobs.waiting().map(({ state }) => state.kind)).toEqual(Array(4).fill('failed'));
    expect(runner.because).toEqual(broken);
    runner.resume();
    expect(runner.because).toBeNull();
  });

  it('stands for a reason that it has no words for', () => {
    const database = openStore(studio.paths.database);
    const put = database.prepare("INSERT OR REPLACE INTO remembered VALUES ('queue-paused', ?)");
    const read = [{ because: { cause: 'teleported' } }, true, false].map((written) => {
      put.run(JSON.stringify(written));
      return studio.remembered.queuePause;
    });
    expect(read).toEqual([{ because: null }, { because: null }, null]);
    database.close();
  });

  it('says what it waits for while a failure cannot be written down', async () => {
    vi.spyOn(console, 'error').mockImplementation(nothing);
    const database = openStore(studio.paths.database);
    database.exec(`CREATE TRIGGER full BEFORE UPDATE OF state ON jobs WHEN new.state_kind = 'failed'
      BEGIN SELECT RAISE(ABORT, 'the disk is full'); END`);
    const waiting = new Promise<void>((resolve) => {
      waits = resolve;
    });
    failures = [fullDisk, fullDisk];
    const ended = runs(2);
    await waiting;
    expect(runner.because).toMatchObject({ cause: 'internal', detail: expect.stringContaining('the disk is full') });
    // Nobody is kept waiting for it, and the queue goes on once it can be written.
    const [running] = studio.jobs.waiting();
    await expect(runner.stop(running?.id ?? '', 'cancel')).rejects.toThrow(Refused);
    database.exec('DROP TRIGGER full');
    expect(await ended).toEqual(['failed', 'failed']);
    expect(runner.because).toBeNull();
    database.close();
  });

  const unknown = { requestedBytes: null, allocatedBytes: null, reservedBytes: null, freeBytes: 0 };
  it.each<Failure>([
    { cause: 'device-memory', phase: null, detail: '', ...unknown },
    { cause: 'host-memory', phase: null, detail: '' },
    { cause: 'hang', phase: null, detail: '', seconds: 600 },
    { cause: 'killed', phase: null, detail: '', signal: 'SIGKILL' },
  ])('waits when nothing can begin for want of the machine: $cause', async (failure) => {
    failures = [failure, failure];
    expect(await runs(4)).toEqual(['failed', 'failed', 'queued', 'queued']);
    expect(studio.remembered.queuePaused).toBe(true);
  });

  it.each<Failure>([
    fullDisk,
    { cause: 'not-writable', phase: null, detail: '', path: join('/gone', 'a.mp4'), exists: false },
  ])('waits when two in a row find no place on the disk, however far they came: $cause', async (failure) => {
    failures = [failure, failure];
    expect(await runs(4)).toEqual(['failed', 'failed', 'queued', 'queued']);
    expect(runner.because).toEqual(failure);
  });

  it('goes on where each finds no place of its own, or a file in its own', async () => {
    const gone: Failure = {
      cause: 'not-writable',
      phase: null,
      detail: '',
      path: join('/gone', 'a.mp4'),
      exists: false,
    };
    const elsewhere: Failure = { ...gone, path: join('/elsewhere', 'a.mp4') };
    const there: Failure = { ...gone, exists: true };
    failures = [gone, elsewhere, fullDisk, gone, there, there, lost, gone];
    expect(await runs(8)).toEqual(Array(8).fill('failed'));
    expect(studio.remembered.queuePaused).toBe(false);
  });

  it('ends what else has the engine for the job that comes, but not for one that may not begin', async () => {
    runner.begin(new JobQueue(studio.jobs, studio.library, engine, studio.paths));
    let given: AbortSignal | null = null;
    const aside = () =>
      runner.aside(
        (signal) =>
          new Promise((resolve) => {
            given = signal;
            signal.addEventListener('abort', () => resolve());
          }),
      );
    studio.remembered.queuePause = { because: null };
    const ended = aside();
    studio.jobs.addMany([job(join(home, 'comes.mp4'))]);
    runner.wake();
    expect(given).toMatchObject({ aborted: false });
    failures = [fullDisk];
    const stood = new Promise<void>((resolve) => {
      stands = () => {
        if (!runner.rendering) resolve();
      };
    });
    runner.resume();
    await ended;
    await stood;
    expect(studio.jobs.waiting().map(({ state }) => state.kind)).toEqual(['failed']);
  });

  it('goes on after failures that are of one job only', async () => {
    failures = [lost, fullDisk, broken, lostMidway, lost];
    expect(await runs(5)).toEqual(Array(5).fill('failed'));
    expect(studio.remembered.queuePaused).toBe(false);
  });
});

import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { clipName, usualClipName } from '../../../contract/clipName.ts';
import { Failure } from '../../../contract/failure.ts';
import { type Job, runningKinds } from '../../../contract/job.ts';
import type { Kept } from '../../../contract/worker.ts';
import { Library } from '../library/index.ts';
import { readModel } from '../models/index.ts';
import { openStore, type Store } from '../storage/database.ts';
import { forgetRemoved } from './cancel.ts';
import { clipNamer, freeClipName } from './clipName.ts';
import { advance, beginRun } from './live.ts';
import { JobQueue } from './queue.ts';
import { type RenderRequest, requestKey } from './request.ts';
import { failureSentence, keptSentence } from './sentence.ts';
import { type JobChange, JobStore, type NewJob } from './store.ts';
import { timeLeft } from './timeLeft.ts';

const paperWorld = join(import.meta.dirname, '../../../resources/models/paper-world');

const usual = (prompt: string) => (n: number) =>
  clipName(usualClipName, { prompt, model: 'm', seed: 1, at: new Date(0) }, n);

const request: RenderRequest = {
  model: 'paper-world',
  settings: {
    ...{ prompt: 'a ball', negativePrompt: '', image: null, width: 256, height: 160, frames: 17, fps: 8 },
    ...{ steps: 20, guidance: 3, scheduler: 'ddim', seed: null },
  },
  picture: null,
  out: '/clip.mp4',
  overwrite: false,
};
const newJob: NewJob = { ...request, settings: { ...request.settings, seed: 1 }, requestKey: requestKey(request) };

describe('the rows of the queue', () => {
  let folder: string;
  let store: Store;
  let jobs: JobStore;
  let now = 1_700_000_000_000;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'reelwright-jobs-'));
    store = openStore(join(folder, 'store.db'));
    jobs = new JobStore(store, () => (now += 1000));
  });
  afterEach(() => {
    store.close();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  it('come back as they were put in, newest first', () => {
    const first = jobs.add(newJob);
    const second = jobs.add({ ...newJob, out: '/other.mp4' });
    expect(jobs.list()).toEqual([second, first]);
    expect(jobs.get(first.id)).toEqual(first);
    expect(jobs.latestOf(newJob.requestKey)).toEqual(second);
  });

  it('that ran when the studio ended are paused', () => {
    const ids = runningKinds.map(() => jobs.add(newJob).id);
    const failure: Failure = { cause: 'hang', phase: null, seconds: 7, detail: '' };
    const counted = { step: 1, of: 2 };
    jobs.setState(ids[0] ?? '', { kind: 'loading' });
    jobs.setState(ids[1] ?? '', { kind: 'encoding' });
    jobs.setState(ids[2] ?? '', { kind: 'denoising', ...counted });
    jobs.setKept(ids[2] ?? '', { kind: 'checkpoint', step: 1 });
    jobs.setState(ids[3] ?? '', { kind: 'decoding', ...counted });
    jobs.setState(ids[4] ?? '', { kind: 'finishing' });
    jobs.setState(ids[5] ?? '', { kind: 'recovering', attempt: 1, failure });
    const done = jobs.add(newJob);
    jobs.setState(done.id, { kind: 'done', bytes: 1, seconds: 2, phaseSeconds: { decoding: 1 } });
    expect(jobs.pauseInterrupted()).toBe(6);
    expect(ids.map((id) => jobs.get(id)?.state.kind)).toEqual(Array(6).fill('paused'));
    expect(jobs.get(done.id)?.state.kind).toBe('done');
    expect(jobs.get(ids[2] ?? '')?.state).toMatchObject({ kept: { kind: 'checkpoint', step: 1 } });
    expect(jobs.phaseSecondsBefore(done)).toEqual({ decoding: 1 });
  });

  it('in the words of a newer studio are left out, not misread', () => {
    const job = jobs.add(newJob);
    store.prepare(`UPDATE jobs SET state = '{"kind":"teleporting"}' WHERE id = ?`).run(job.id);
    expect(jobs.list()).toEqual([]);
  });

  it('carry the wish to cancel across processes', () => {
    const { id } = jobs.add(newJob);
    expect(jobs.cancelRequested(id)).toBe(false);
    jobs.requestCancel(id);
    expect(jobs.cancelRequested(id)).toBe(true);
    jobs.clearCancel(id);
    expect(jobs.cancelRequested(id)).toBe(false);
  });
});

describe('a job that is cancelled while its environment is repaired', () => {
  it('is cancelled, not failed', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'reelwright-queue-'));
    const store = openStore(join(folder, 'store.db'));
    const jobs = new JobStore(store, Date.now);
    const cancel = new AbortController();
    const failure: Failure = { cause: 'environment', phase: null, detail: '' };
    const queue = new JobQueue(
      jobs,
      new Library(store, folder, Date.now),
      {
        findModel: async () => {
          const found = await readModel(paperWorld);
          return found.kind === 'model' ? found.model : null;
        },
        verifyModel: async () => null,
        plan: async () => ({ kind: 'failed', failure }),
        render: () => Promise.reject(new Error('There is nothing to render with.')),
        after: async () => ({ alternatives: [], offered: [], remedies: [] }),
        fresh: async () => {},
        repair: async () => {
          cancel.abort();
          return false;
        },
      },
      folder,
    );
    const job = jobs.add(newJob);
    expect((await queue.run(job, () => {}, cancel.signal)).kind).toBe('cancelled');
    expect(jobs.get(job.id)?.state.kind).toBe('cancelled');
    store.close();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  });
});

describe('the same request', () => {
  it('has the same key whatever the order of its fields, and another for any change', () => {
    const turned = {
      ...request,
      settings: Object.fromEntries(Object.entries(request.settings).reverse()),
    } as RenderRequest;
    expect(requestKey(turned)).toBe(requestKey(request));
    expect(requestKey({ ...request, overwrite: true })).toBe(requestKey(request));
    expect(requestKey({ ...request, out: '/b.mp4' })).not.toBe(requestKey(request));
    expect(requestKey({ ...request, settings: { ...request.settings, seed: 4 } })).not.toBe(requestKey(request));
  });
});

const kept = fc.oneof<fc.Arbitrary<Kept>[]>(
  fc.constantFrom<Kept>({ kind: 'nothing' }, { kind: 'embeddings' }, { kind: 'latents' }),
  fc.integer({ min: 1, max: 50 }).map((step): Kept => ({ kind: 'checkpoint', step })),
);
const killed: Failure = { cause: 'killed', phase: 'denoising', signal: 'SIGKILL', detail: '' };
describe('the time left', () => {
  const before = { denoising: 4, decoding: 3, finishing: 1 };
  it.each([
    [{ phase: 'denoising', step: 10, of: 20, recent: [0.5, 9, 0.5], before }, 9],
    [{ phase: 'denoising', step: 10, of: 20, recent: [0.5], before: null }, null],
    [{ phase: 'decoding', step: 1, of: 3, recent: [2], before: null }, 4],
    [{ phase: 'decoding', step: 1, of: 3, recent: [], before }, null],
  ] as const)('of %j is %s', (pace, seconds) => expect(timeLeft(pace)).toBe(seconds));
});

describe('sentences', () => {
  const where = { phase: 'denoising', detail: 'Traceback 0xdeadbeef' } as const;
  const everyFailure: Failure[] = [
    {
      cause: 'device-memory',
      ...where,
      requestedBytes: 2 ** 31,
      allocatedBytes: null,
      reservedBytes: null,
      freeBytes: 2 ** 30,
    },
    { cause: 'host-memory', ...where },
    { cause: 'spill', ...where, stepSeconds: 40, expectedSeconds: 4 },
    { cause: 'bad-weights', ...where, file: 'vae/x.safetensors', problem: 'truncated' },
    { cause: 'bad-input', ...where, problem: 'image-truncated' },
    { cause: 'bad-frames', ...where, problem: 'nan' },
    { cause: 'disk-full', ...where, path: '/clips' },
    { cause: 'not-writable', ...where, path: '/clips/a.mp4', exists: false },
    { cause: 'driver-lost', ...where },
    { cause: 'environment', ...where },
    { cause: 'killed', ...where, signal: 'SIGKILL' },
    { cause: 'hang', ...where, seconds: 6.4 },
    { cause: 'internal', ...where },
  ];

  it('there is one for every cause, without codes', () => {
    expect(everyFailure.map(({ cause }) => cause)).toEqual(Failure.options.map((option) => option.shape.cause.value));
    for (const failure of everyFailure) {
      const sentence = failureSentence(failure);
      expect(sentence).toMatch(/^[A-Z/].*\.$|^\/.*\.$/);
      expect(sentence).not.toMatch(/Traceback|undefined|null|!/);
    }
    expect(failureSentence(everyFailure[0] as Failure)).toContain('2.0 GB more needed, 1.0 GB free');
  });

  it('and one for whatever was kept', () => {
    fc.assert(fc.property(kept, (any) => /\.$/.test(keptSentence(any))));
  });
});

describe('the order of the queue', () => {
  let folder: string;
  let store: Store;
  let jobs: JobStore;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'reelwright-order-'));
    store = openStore(join(folder, 'store.db'));
    jobs = new JobStore(store, Date.now);
  });
  afterEach(() => {
    store.close();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  it('is what moving things in a list gives, however often', () => {
    const ids = Array.from({ length: 6 }, () => jobs.add(newJob).id);
    const expected = [...ids];
    const moves = fc.array(fc.tuple(fc.nat(5), fc.option(fc.nat(5))), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(moves, (list) => {
        for (const [from, to] of list) {
          const id = ids[from] as string;
          const before = to === null ? null : (ids[to] as string);
          jobs.move(id, before);
          if (before === id) continue;
          expected.splice(expected.indexOf(id), 1);
          expected.splice(before === null ? expected.length : expected.indexOf(before), 0, id);
        }
        expect(jobs.waiting().map(({ id }) => id)).toEqual(expected);
      }),
      { numRuns: 30 },
    );
  });

  it('holds when one place is moved to more often than numbers have digits', () => {
    const [a, b, c] = Array.from({ length: 3 }, () => jobs.add(newJob).id) as [string, string, string];
    for (let i = 0; i < 150; i += 1) jobs.move(i % 2 === 0 ? b : a, c);
    expect(jobs.waiting().map(({ id }) => id)).toEqual([b, a, c]);
  });
});

describe('many jobs at once', () => {
  let folder: string;
  let store: Store;
  let jobs: JobStore;
  let told: JobChange[];
  let now = 1_700_000_000_000;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'reelwright-many-'));
    store = openStore(join(folder, 'store.db'));
    told = [];
    jobs = new JobStore(
      store,
      () => now,
      (change) => told.push(change),
    );
  });
  afterEach(() => {
    store.close();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  });
  const many = (count: number) => Array.from({ length: count }, (_, at) => ({ ...newJob, out: `/clip-${at}.mp4` }));

  it('stand behind what was there, in their order, and are told as one', () => {
    const first = jobs.add(newJob);
    const added = jobs.addMany(many(2000));
    expect(new Set(added.map(({ id }) => id)).size).toBe(2000);
    expect(jobs.waiting()).toEqual([first, ...added]);
    expect(jobs.next()).toEqual(first);
    expect(told.map(({ type }) => type)).toEqual(['job', 'jobs']);
    expect(jobs.promised().size).toBe(2001);
  });

  it('are all there or none', () => {
    jobs.add({ ...newJob, out: '/first.mp4' });
    store.exec(`CREATE TRIGGER full BEFORE INSERT ON jobs WHEN new.out = '/clip-7.mp4'
      BEGIN SELECT RAISE(ABORT, 'the disk is full'); END`);
    expect(() => jobs.addMany(many(20))).toThrow('full');
    expect(jobs.waiting()).toHaveLength(1);
  });

  it('come back to their places, with what they had kept, until they are forgotten', async () => {
    const added = jobs.addMany(many(4));
    const [a, b, c, d] = added.map(({ id }) => id) as [string, string, string, string];
    const kept = { kind: 'checkpoint', step: 3 } as const;
    jobs.setState(b, { kind: 'paused', reason: 'asked', kept });
    jobs.remove([b, c]);
    expect(jobs.waiting().map(({ id }) => id)).toEqual([a, d]);
    expect([jobs.get(b), jobs.latestOf(newJob.requestKey)?.id]).toEqual([null, d]);
    // The name stays promised: it may come back.
    expect(jobs.isPromised('/clip-1.mp4')).toBe(true);
    jobs.restore([c, b]);
    expect(jobs.waiting().map(({ id }) => id)).toEqual([a, b, c, d]);
    expect(jobs.get(b)?.state).toEqual({ kind: 'paused', reason: 'asked', kept });

    const folderOf = (id: string) => join(folder, 'jobs', id);
    mkdirSync(folderOf(b), { recursive: true });
    jobs.remove([b]);
    now += 1000;
    jobs.remove([d]);
    await forgetRemoved({ jobs, paths: { jobs: join(folder, 'jobs') } }, now);
    expect(existsSync(folderOf(b))).toBe(false);
    jobs.restore([b, d]);
    expect(jobs.waiting().map(({ id }) => id)).toEqual([a, c, d]);
  });

  it('leave out what was paused by itself when the next one is looked for', () => {
    const [a, b, c] = jobs.addMany(many(3)).map(({ id }) => id) as [string, string, string];
    jobs.setState(a, { kind: 'paused', reason: 'asked', kept: { kind: 'nothing' } });
    expect(jobs.next()?.id).toBe(b);
    jobs.setState(b, { kind: 'failed', failure: killed, kept: { kind: 'nothing' } });
    jobs.setState(c, { kind: 'paused', reason: 'interrupted', kept: { kind: 'nothing' } });
    expect(jobs.next()?.id).toBe(c);
    jobs.remove([c]);
    expect(jobs.next()).toBeNull();
  });

  it('are put where one stood that has ended since', () => {
    const [a, b, c] = jobs.addMany(many(3)) as [Job, Job, Job];
    jobs.setState(a.id, { kind: 'done', bytes: 1, seconds: 1, phaseSeconds: {} });
    jobs.move(c.id, a.id);
    expect(jobs.waiting().map(({ id }) => id)).toEqual([c.id, b.id]);
  });

  it('take other settings in their place', () => {
    const [a, b] = jobs.addMany(many(2)) as [Job, Job];
    jobs.setState(a.id, { kind: 'paused', reason: 'asked', kept: { kind: 'latents' } });
    jobs.change(a.id, { ...a, settings: { ...a.settings, steps: 3 }, out: '/new.mp4', requestKey: 'new' });
    expect(jobs.waiting().map(({ id }) => id)).toEqual([a.id, b.id]);
    expect(jobs.get(a.id)).toMatchObject({ settings: { steps: 3 }, out: '/new.mp4', state: { kind: 'paused' } });
    expect(jobs.kept(a.id)).toEqual({ kind: 'nothing' });
  });

  it('are found by the index of the line, not by looking at every clip that was ever made', () => {
    const plan = (sql: string) => JSON.stringify(store.prepare(`EXPLAIN QUERY PLAN ${sql}`).all());
    const inLine = "state_kind <> 'done' AND removed_at IS NULL";
    expect(plan(`SELECT * FROM jobs WHERE ${inLine} ORDER BY position, id`)).toContain('jobs_in_line');
    expect(plan("SELECT 1 FROM jobs WHERE out = '/a' AND state_kind <> 'done'")).toContain('jobs_by_file');
  });

  it('lend their prompts again, each once, the newest first', () => {
    const words = ['a', 'b', 'a', 'c'];
    for (const prompt of words) {
      now += 1000;
      jobs.add({ ...newJob, settings: { ...newJob.settings, prompt } });
    }
    expect(jobs.prompts(10)).toEqual(['c', 'a', 'b']);
    expect(jobs.prompts(2)).toEqual(['c', 'a']);
  });
});

describe('the names of many clips', () => {
  it('are free and different, whatever the disk takes for the same', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'reelwright-names-'));
    writeFileSync(join(folder, 'A-Ball.mp4'), '');
    const name = await clipNamer(folder, () => [join(folder, 'a-ball-2.mp4')]);
    const names = ['A ball', 'a ball!', 'a kite'].map((prompt) => name(usual(prompt)));
    expect(names).toEqual(['a-ball-3.mp4', 'a-ball-4.mp4', 'a-kite.mp4'].map((each) => join(folder, each)));
    rmSync(folder, { recursive: true });
  });
});

describe('the name of a clip', () => {
  it.each([
    ['A red balloon, slowly!', 'a-red-balloon-slowly'],
    ['一个红色的气球', '一个红色的气球'],
    ['🎈🎈', 'clip'],
    ['../../etc/passwd', 'etc-passwd'],
    ['CON', '_con'],
    ['x'.repeat(300), 'x'.repeat(60)],
    ['字'.repeat(300), '字'.repeat(40)],
  ])('from %s', async (prompt, name) => {
    const folder = mkdtempSync(join(tmpdir(), 'reelwright-name-'));
    expect(await freeClipName(folder, usual(prompt), () => false)).toBe(join(folder, `${name}.mp4`));
    expect(await freeClipName(folder, usual(prompt), (file) => file.endsWith(`${name}.mp4`))).toBe(
      join(folder, `${name}-2.mp4`),
    );
    rmSync(folder, { recursive: true });
  });
});

describe('what is shown of a render', () => {
  const step = (n: number, seconds: number) =>
    ({ type: 'step', jobId: 'j', phase: 'denoising', step: n, of: 4, seconds }) as const;

  it('follows the worker, with the time left once it is known', () => {
    let run = beginRun('j', 1000, { denoising: 4, decoding: 3, finishing: 1 });
    run = advance(run, { type: 'phase', jobId: 'j', phase: 'denoising', kept: { kind: 'nothing' } }, 3000);
    expect(run.live).toMatchObject({ phase: 'denoising', step: null, secondsLeft: null, phaseSeconds: { loading: 2 } });
    run = advance(run, step(1, 0.5), 3500);
    run = advance(run, step(2, 0.7), 4200);
    run = advance(run, step(3, 0.5), 4700);
    expect(run.live).toMatchObject({ step: 3, of: 4, secondsAStep: 0.5, secondsLeft: 4.5 });
    run = advance(run, { type: 'saved', jobId: 'j', kept: { kind: 'checkpoint', step: 3 } }, 4800);
    expect(run.live.kept).toEqual({ kind: 'checkpoint', step: 3 });
  });
});

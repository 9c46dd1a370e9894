import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Failure } from '../../../contract/failure.ts';
import { type Job, runningKinds } from '../../../contract/job.ts';
import { openStore, type Store } from '../storage/database.ts';
import { forgetRemoved, tidyKept } from './kept.ts';
import { newJob } from './recovering.fixture.ts';
import { type JobChange, JobStore } from './store.ts';

const killed: Failure = { cause: 'killed', phase: 'denoising', signal: 'SIGKILL', detail: '' };

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

  it('have names of their own, however many are added in one second', () => {
    const stopped = new JobStore(store, () => now);
    const ids = Array.from({ length: 1000 }, () => stopped.add(newJob).id);
    ids.push(...stopped.addMany([newJob, newJob]).map(({ id }) => id));
    expect(new Set(ids).size).toBe(1002);
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

  it('are read some at a time, each once, wherever they stand', () => {
    jobs.addMany(many(25));
    store.exec('UPDATE jobs SET position = 3 WHERE position BETWEEN 3 AND 17');
    const parts = [];
    for (let part = jobs.waitingBehind(null, 10); part.length > 0; part = jobs.waitingBehind(part.at(-1) ?? null, 10))
      parts.push(part);
    expect(parts.map(({ length }) => length)).toEqual([10, 10, 5]);
    expect(parts.flat()).toEqual(jobs.waiting());
  });

  it('that run, are done or are gone are not taken out', () => {
    const [a, b, c, d] = jobs.addMany(many(4)).map(({ id }) => id) as [string, string, string, string];
    jobs.setState(a, { kind: 'loading' });
    jobs.setState(b, { kind: 'done', bytes: 1, seconds: 1, phaseSeconds: {} });
    jobs.remove([c]);
    told = [];
    expect(jobs.remove(['none', d, a, b, c])).toEqual([d]);
    expect(jobs.remove([a])).toEqual([]);
    expect(told).toEqual([{ type: 'jobs-removed', ids: [d] }]);
  });

  it('leave nothing behind once they are done, and else all that they have kept', async () => {
    const [done, waits] = jobs.addMany(many(2)).map(({ id }) => id) as [string, string];
    jobs.setState(done, { kind: 'done', bytes: 1, seconds: 1, phaseSeconds: {} });
    const paths = { jobs: join(folder, 'jobs') };
    for (const name of [done, waits, 'mine']) mkdirSync(join(paths.jobs, name), { recursive: true });
    await tidyKept({ jobs, paths });
    expect(readdirSync(paths.jobs).sort()).toEqual([waits, 'mine'].sort());
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

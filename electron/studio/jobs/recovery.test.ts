import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Failure } from '../../../contract/failure.ts';
import type { Job, JobState } from '../../../contract/job.ts';
import type { PlanOption } from '../../../contract/plan.ts';
import { countdownMs, type RecoveryPolicy, recoveryNotesLimit } from '../../../contract/recovery.ts';
import type { Plan } from '../../../contract/render.ts';
import type { Kept, Progress, RenderOrder, RenderOutcome } from '../../../contract/worker.ts';
import { Library } from '../library/index.ts';
import { readModel } from '../models/index.ts';
import { openStore, type Store } from '../storage/database.ts';
import { choosingMs } from './countdown.ts';
import { type Engine, type JobEvent, JobQueue } from './queue.ts';
import { recoverFailed, takeUp } from './recover.ts';
import { type RenderRequest, requestKey } from './request.ts';
import { type JobChange, JobStore, type NewJob } from './store.ts';

const paperWorld = join(import.meta.dirname, '../../../resources/models/paper-world');

const resident = { kind: 'resident' } as const;
const whole: Plan = {
  ...{ device: 'cpu', precision: 'float32', checkpointEverySteps: 5 },
  placements: { textEncoder: resident, transformer: resident, vae: resident },
  ...{ storage: { transformer: 'same' }, guidance: 'batched', attention: 'sdpa', compile: false },
  decode: { slabRows: null, residentBytes: 0 },
  encode: { slabRows: null, residentBytes: 0 },
  ...{ pinnedBytes: 0, reserveFraction: null },
};
const inSlabs = (slabRows: number): Plan => ({ ...whole, decode: { slabRows, residentBytes: 0 } });
const eightBits: Plan = { ...whole, storage: { transformer: 'fp8' } };

const phases = { deviceNeed: null, hostBytes: 1, basis: 'guessed' } as const;
const option = (plan: Plan, moreSeconds: number): PlanOption => ({
  ...{ plan, reasons: [], moreSeconds },
  prediction: { ...phases, phases: [], seconds: 10, stepSeconds: 1 },
});

const latents: Kept = { kind: 'latents' };
const noMemory: Failure = {
  ...{ cause: 'device-memory', phase: 'decoding', step: 1, detail: 'Out of memory.' },
  ...{ requestedBytes: 2 ** 30, allocatedBytes: 6 * 2 ** 30, reservedBytes: 6 * 2 ** 30, freeBytes: 0 },
};
const fullDisk: Failure = { cause: 'disk-full', phase: 'finishing', path: '/', detail: '' };

type Act = (
  order: RenderOrder,
  onProgress: (progress: Progress) => void,
  signal: AbortSignal,
) => Promise<RenderOutcome>;

const fails =
  (failure: Failure, kept: Kept = latents): Act =>
  async ({ jobId }, onProgress) => {
    if (kept.kind !== 'nothing') onProgress({ type: 'saved', jobId, kept });
    return { kind: 'failed', failure };
  };
const succeeds: Act = async ({ settings: { width, height, frames, fps, seed }, out }) => ({
  ...{ kind: 'done', file: out, bytes: 5, width, height, frames, fps, seed, seconds: 3, replanned: false },
  ...{ phaseSeconds: { decoding: 1 }, phasePeaks: {}, kept: latents },
});
/** Goes on until it is stopped. */
const lasts: Act = ({ jobId }, onProgress, signal) =>
  new Promise((resolve) => {
    onProgress({ type: 'step', jobId, phase: 'decoding', step: 1, of: 4, seconds: 1 });
    signal.addEventListener('abort', () => resolve({ kind: 'cancelled', phase: 'decoding', kept: latents }));
  });

describe('a render that fails and can go on', () => {
  let folder: string;
  let store: Store;
  let jobs: JobStore;
  let queue: JobQueue;
  let library: Library;
  let job: Job;
  let acts: Act[];
  let orders: RenderOrder[];
  let fresh: number;
  let policy: RecoveryPolicy | 'never';
  let alternatives: PlanOption[];
  let offered: PlanOption[];
  let told: (change: JobChange) => void;
  const newJob: NewJob = (() => {
    const request: RenderRequest = {
      model: 'paper-world',
      settings: {
        ...{ prompt: 'a ball', negativePrompt: '', image: null, width: 256, height: 160, frames: 17, fps: 8 },
        ...{ steps: 20, guidance: 3, scheduler: 'ddim', seed: 1 },
      },
      ...{ picture: null, memoryLimit: undefined, out: '/clip.mp4', overwrite: false },
    };
    return { ...request, settings: { ...request.settings, seed: 1 }, requestKey: requestKey(request) };
  })();

  const engine = (): Engine => ({
    findModel: async () => {
      const found = await readModel(paperWorld);
      return found.kind === 'model' ? found.model : null;
    },
    verifyModel: async () => null,
    plan: async () => ({ kind: 'plan', plan: whole }),
    after: async () => ({ alternatives, offered, remedies: [] }),
    fresh: async () => {
      fresh += 1;
    },
    render: (order, onProgress, signal) => {
      orders.push(order);
      const act = acts.shift();
      return act === undefined
        ? Promise.reject(new Error('Nothing more was to be rendered.'))
        : act(order, onProgress, signal);
    },
    repair: async () => false,
  });

  /** As after a start of the studio. */
  function openStudio(): void {
    store = openStore(join(folder, 'store.db'));
    jobs = new JobStore(store, Date.now, (change) => told(change));
    library = new Library(store, join(folder, 'posters'), Date.now);
    queue = new JobQueue(jobs, library, engine(), join(folder, 'jobs'));
  }

  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'], now: 1_700_000_000_000 });
    folder = mkdtempSync(join(tmpdir(), 'reelwright-recovery-'));
    [acts, orders, fresh, policy] = [[], [], 0, 'countdown'];
    [alternatives, offered] = [[option(inSlabs(64), 20), option(inSlabs(32), 40)], []];
    told = () => {};
    openStudio();
    const asked = { ...newJob, out: join(folder, 'clip.mp4') };
    job = jobs.add({ ...asked, requestKey: requestKey(asked) });
  });
  afterEach(() => {
    vi.useRealTimers();
    store.close();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  const run = (signal = new AbortController().signal, onEvent: (event: JobEvent) => void = () => {}) => {
    const now = jobs.get(job.id);
    if (now === null) throw new Error('The job is gone.');
    return queue.run(now, onEvent, signal, { policy: () => policy });
  };
  /** Nothing more is written by it; then another studio opens what there is. */
  const crash = async (stop: AbortController, ended: Promise<JobState>) => {
    store.close();
    stop.abort();
    await expect(ended).rejects.toThrow('not open');
    openStudio();
    expect(jobs.pauseInterrupted()).toBe(1);
  };
  const stateNow = () => jobs.get(job.id)?.state;
  /** When the job is told to be so. */
  const until = (is: (state: JobState) => boolean): Promise<JobState> =>
    new Promise((resolve) => {
      told = (change) => {
        if (change.type === 'job' && is(change.job.state)) resolve(change.job.state);
      };
    });
  const countsDown = () => until((state) => state.kind === 'recovering' && state.beginsAt !== undefined);
  const slabsOf = (order: RenderOrder | undefined) => order?.plan.decode.slabRows;

  it('waits, then goes on with what is kept, and says so with the clip', async () => {
    acts = [fails(noMemory), succeeds];
    const counting = countsDown();
    const ended = run();
    expect(await counting).toMatchObject({
      ...{ kind: 'recovering', attempt: 2, failure: noMemory, beginsAt: Date.now() + countdownMs },
      recovery: { keeps: latents, changesPicture: false, rung: { kind: 'replan', plan: inSlabs(64) } },
      others: [{ rung: { plan: inSlabs(32) } }],
    });
    vi.advanceTimersByTime(countdownMs - 1);
    expect(stateNow()).toMatchObject({ kind: 'recovering', beginsAt: Date.now() + 1 });
    vi.advanceTimersByTime(1);
    const note = {
      ...{ cause: 'device-memory', phase: 'decoding', rung: 'replan' },
      changes: [{ kind: 'decode', slabRows: 64 }],
    };
    expect(await ended).toMatchObject({ kind: 'done', recoveries: [note] });
    expect(stateNow()).toMatchObject({ kind: 'done', recoveries: [note] });
    expect((await library.get(job.id)).recoveries).toEqual([note]);
    expect(orders.map(slabsOf)).toEqual([null, 64]);
    // The clip itself says it, too.
    expect(JSON.parse(orders[0]?.metadata ?? '')).not.toHaveProperty('recoveries');
    expect(JSON.parse(orders[1]?.metadata ?? '')).toHaveProperty('recoveries', [note]);
    expect(jobs.attempts(job.id)).toEqual([]);
  });

  it('goes on at once when somebody says so, in the way that they choose', async () => {
    acts = [fails(noMemory), succeeds];
    const counting = countsDown();
    const ended = run();
    const state = await counting;
    expect(queue.decide('another', { kind: 'hold' })).toBe(false);
    const other = state.kind === 'recovering' ? state.others?.[0] : undefined;
    if (other === undefined) throw new Error('There is no other way.');
    expect(queue.decide(job.id, { kind: 'recover', recovery: other })).toBe(true);
    expect(queue.decide(job.id, { kind: 'hold' })).toBe(false);
    expect(await ended).toMatchObject({ recoveries: [{ changes: [{ kind: 'decode', slabRows: 32 }] }] });
    expect(orders.map(slabsOf)).toEqual([null, 32]);
  });

  it('stands while somebody chooses, and counts anew when they no longer do, or are gone', async () => {
    acts = [fails(noMemory), succeeds];
    const counting = countsDown();
    const ended = run();
    await counting;
    vi.advanceTimersByTime(countdownMs - 1);
    const stands = countsDown();
    expect(queue.decide(job.id, { kind: 'wait', ms: choosingMs + countdownMs })).toBe(true);
    expect(await stands).toMatchObject({ beginsAt: Date.now() + choosingMs + countdownMs, others: [{}] });
    vi.advanceTimersByTime(choosingMs);
    expect(stateNow()).toMatchObject({ kind: 'recovering', beginsAt: Date.now() + countdownMs });
    const anew = countsDown();
    queue.decide(job.id, { kind: 'wait', ms: countdownMs });
    expect(await anew).toMatchObject({ beginsAt: Date.now() + countdownMs });
    const again = countsDown();
    queue.decide(job.id, { kind: 'wait', ms: choosingMs + countdownMs });
    await again;
    expect(orders).toHaveLength(1);
    vi.advanceTimersByTime(choosingMs + countdownMs);
    expect((await ended).kind).toBe('done');
    expect(orders.map(slabsOf)).toEqual([null, 64]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('is held, cancelled or recovered in another way by whoever chooses', async () => {
    const choosing = async () => {
      const counting = countsDown();
      const stop = new AbortController();
      const ended = run(stop.signal);
      await counting;
      const stands = countsDown();
      queue.decide(job.id, { kind: 'wait', ms: choosingMs });
      return { stop, ended, state: await stands };
    };
    acts = [fails(noMemory)];
    const held = await choosing();
    queue.decide(job.id, { kind: 'hold' });
    expect(await held.ended).toMatchObject({ kind: 'failed', kept: latents, next: { kind: 'recover' } });
    acts = [fails(noMemory)];
    const cancelled = await choosing();
    cancelled.stop.abort();
    expect((await cancelled.ended).kind).toBe('cancelled');
    job = jobs.add({ ...newJob, out: join(folder, 'another.mp4') });
    acts = [fails(noMemory), succeeds];
    const { state, ended } = await choosing();
    const recovery = state.kind === 'recovering' ? state.others?.[0] : undefined;
    if (recovery === undefined) throw new Error('There is no other way.');
    queue.decide(job.id, { kind: 'recover', recovery });
    expect((await ended).kind).toBe('done');
    expect(slabsOf(orders.at(-1))).toBe(32);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('fails when it is held, and goes on when it is asked to', async () => {
    acts = [fails(noMemory)];
    const counting = countsDown();
    const ended = run();
    await counting;
    queue.decide(job.id, { kind: 'hold' });
    expect(await ended).toMatchObject({ kind: 'failed', kept: latents, next: { kind: 'recover' } });
    expect(jobs.attempts(job.id)).toMatchObject([{ recovery: null }]);
    const held = jobs.get(job.id) as Job;
    expect(recoverFailed(jobs, held, 7)).toBe(false);
    expect(recoverFailed(jobs, held, 0)).toBe(true);
    expect(stateNow()).toEqual({ kind: 'queued', kept: latents });
    expect(jobs.next()?.id).toBe(job.id);
    acts = [succeeds];
    expect((await run()).kind).toBe('done');
    expect(orders.map(slabsOf)).toEqual([null, 32]);
  });

  it.each([
    ['cancelled', undefined, { kind: 'cancelled', kept: latents }],
    ['paused', 'asked', { kind: 'paused', reason: 'asked', kept: latents }],
    ['paused with the queue', 'queue', { kind: 'paused', reason: 'queue', kept: latents }],
  ])('%s while it waits, goes on in the way that was proposed', async (_, reason, state) => {
    acts = [fails(noMemory)];
    const stop = new AbortController();
    const counting = countsDown();
    const ended = run(stop.signal);
    await counting;
    stop.abort(reason);
    expect(await ended).toEqual(state);
    expect(vi.getTimerCount()).toBe(0);
    takeUp(jobs, jobs.get(job.id) as Job);
    acts = [succeeds];
    expect((await run()).kind).toBe('done');
    expect(orders.map(slabsOf)).toEqual([null, 64]);
  });

  it('goes on in that way after the studio was killed while it waited, or while it rendered again', async () => {
    acts = [fails(noMemory), lasts];
    const counting = countsDown();
    const stop = new AbortController();
    const waiting = run(stop.signal);
    await counting;
    await crash(stop, waiting);
    expect(stateNow()).toEqual({ kind: 'paused', reason: 'interrupted', kept: latents });
    expect(jobs.get(job.id)?.recoveries).toHaveLength(1);
    const decoding = until((state) => state.kind === 'decoding');
    const again = new AbortController();
    const rendering = run(again.signal);
    await decoding;
    await crash(again, rendering);
    acts = [fails(noMemory), succeeds];
    policy = 'at-once';
    expect(await run()).toMatchObject({
      recoveries: [{ changes: [{ slabRows: 64 }] }, { changes: [{ slabRows: 32 }] }],
    });
    // Never the same attempt twice.
    expect(orders.map(slabsOf)).toEqual([null, 64, 64, 32]);
  });

  it('asks nobody when it shall not, and only somebody when it shall', async () => {
    policy = 'ask';
    acts = [fails(noMemory)];
    expect(await run()).toMatchObject({ kind: 'failed', next: { kind: 'recover' } });
    expect(jobs.next()).toBeNull();
    // Asked for again as it stands, it does not fail in the same way.
    policy = 'at-once';
    acts = [fails(noMemory), succeeds];
    const events: JobEvent[] = [];
    expect((await run(undefined, (event) => events.push(event))).kind).toBe('done');
    expect(orders.map(slabsOf)).toEqual([null, 64, 32]);
    expect(events).toMatchObject([{ type: 'progress' }, { type: 'recovering', attempt: 3, beginsAt: null }]);
  });

  it.each(['countdown', 'ask'] as const)(
    'does the same again in a worker of its own without asking: %s',
    async (by) => {
      policy = by;
      const killed: Failure = { cause: 'killed', phase: 'denoising', signal: 'SIGKILL', detail: '' };
      alternatives = [];
      acts = [fails(killed, { kind: 'checkpoint', step: 5 }), succeeds];
      expect(await run()).toMatchObject({ kind: 'done', recoveries: [{ rung: 'fresh-worker', changes: [] }] });
      expect(fresh).toBe(1);
      expect(orders.map(({ plan }) => plan)).toEqual([whole, whole]);
    },
  );

  it('does nothing by itself where it never shall', async () => {
    const killed: Failure = { cause: 'killed', phase: 'denoising', signal: 'SIGKILL', detail: '' };
    policy = 'never';
    acts = [fails(killed)];
    expect(await run()).toMatchObject({ kind: 'failed', failure: killed, next: { kind: 'recover' } });
    expect(fresh).toBe(0);
  });

  it('ends when nothing is left, with what was tried; other settings forget it', async () => {
    policy = 'at-once';
    acts = [fails(noMemory), fails(noMemory), fails(noMemory)];
    expect(await run()).toMatchObject({ kind: 'failed', next: { kind: 'end', reason: 'no-way-left' } });
    expect(jobs.attempts(job.id).map(({ recovery }) => recovery?.rung.kind ?? null)).toEqual([
      'replan',
      'replan',
      null,
    ]);
    jobs.change(job.id, newJob);
    expect(jobs.attempts(job.id)).toEqual([]);
    expect(jobs.get(job.id)?.recoveries).toBeUndefined();
    acts = [fails(fullDisk)];
    expect(await run()).toMatchObject({ kind: 'failed', next: { kind: 'end', reason: 'not-by-trying' } });
    expect(orders.map(slabsOf)).toEqual([null, 64, 32, null]);
  });

  it('with another limit of its memory begins with a plan of its own', async () => {
    policy = 'ask';
    acts = [fails(noMemory)];
    await run();
    const asked: RenderRequest = { ...newJob, out: job.out };
    expect(queue.accept(asked).id).toBe(job.id);
    expect(jobs.attempts(job.id)).toHaveLength(1);
    const again = queue.accept({ ...asked, memoryLimit: 2 ** 32 });
    expect(again.id).toBe(job.id);
    expect(jobs.attempts(job.id)).toEqual([]);
    acts = [succeeds];
    expect((await queue.run(again, () => {}, new AbortController().signal)).kind).toBe('done');
    expect(orders.map(slabsOf)).toEqual([null, null]);
  });

  it('takes what changes the picture only when it is asked to, and begins anew with it', async () => {
    policy = 'at-once';
    [alternatives, offered] = [[], [option(eightBits, -2)]];
    const checkpoint: Kept = { kind: 'checkpoint', step: 3 };
    acts = [fails({ ...noMemory, phase: 'denoising' }, checkpoint)];
    expect(await run()).toMatchObject({ kind: 'failed', next: { kind: 'end', others: [{ changesPicture: true }] } });
    const left = join(folder, 'jobs', job.id, 'checkpoint');
    mkdirSync(join(folder, 'jobs', job.id), { recursive: true });
    writeFileSync(left, '');
    expect(recoverFailed(jobs, jobs.get(job.id) as Job, null)).toBe(false);
    expect(recoverFailed(jobs, jobs.get(job.id) as Job, 0)).toBe(true);
    expect(stateNow()).toEqual({ kind: 'queued', kept: { kind: 'nothing' } });
    acts = [
      async (order, ...more) => {
        expect(existsSync(left)).toBe(false);
        return succeeds(order, ...more);
      },
    ];
    expect((await run()).kind).toBe('done');
    expect(orders[1]?.plan.storage.transformer).toBe('fp8');
  });

  it('takes frames as they are once that is what is left, and keeps to it', async () => {
    policy = 'at-once';
    const seams: Failure = { cause: 'bad-frames', phase: 'decoding', problem: 'seams', detail: '' };
    alternatives = [];
    acts = [fails(seams), fails({ cause: 'hang', phase: 'decoding', seconds: 7, detail: '' }), succeeds];
    expect(await run()).toMatchObject({ recoveries: [{ rung: 'accept' }, { rung: 'fresh-worker' }] });
    expect(orders.map(({ acceptFrames }) => acceptFrames)).toEqual([false, true, true]);
  });

  it('does not go on with a plan for a card that is gone', async () => {
    acts = [fails(noMemory), succeeds];
    alternatives = [option({ ...inSlabs(64), device: 'cuda' }, 1)];
    policy = 'at-once';
    expect((await run()).kind).toBe('done');
    expect(orders.map(({ plan }) => plan)).toEqual([whole, whole]);
  });

  it('is stopped while what to do next is still being thought about', async () => {
    const stop = new AbortController();
    const thinking = new JobQueue(
      jobs,
      library,
      {
        ...engine(),
        after: () => {
          stop.abort();
          return new Promise(() => {});
        },
      },
      join(folder, 'jobs'),
    );
    acts = [fails(noMemory)];
    expect(await thinking.run(job, () => {}, stop.signal)).toEqual({ kind: 'cancelled', kept: latents });
  });

  it('never fails twice in the same way, whatever quits and crashes lie between', async () => {
    policy = 'at-once';
    alternatives = [64, 32, 16, 8].map((rows, at) => option(inSlabs(rows), at));
    const happens = fc.constantFrom('fails', 'is quit', 'crashes' as const);
    await fc.assert(
      fc.asyncProperty(fc.array(happens, { maxLength: 12 }), async (story) => {
        job = jobs.add({ ...newJob, out: join(folder, `${job.id}-again.mp4`) });
        const failed: (number | null | undefined)[] = [];
        for (const chapter of [...story, 'fails', 'fails', 'fails', 'fails', 'fails'] as const) {
          const before = stateNow();
          if (before?.kind === 'failed' || before?.kind === 'done') break;
          orders = [];
          const stop = new AbortController();
          let begun = () => {};
          const rendering = new Promise<void>((resolve) => {
            begun = resolve;
          });
          const stays: Act = (...asked) => {
            begun();
            return lasts(...asked);
          };
          const fail: Act = (...asked) => {
            failed.push(asked[0].plan.decode.slabRows);
            return fails(noMemory)(...asked);
          };
          acts = chapter === 'fails' ? [fail, stays] : [stays];
          const ended = run(stop.signal);
          const over = await Promise.race([ended, rendering]);
          // It ended by itself: nothing was left.
          if (over !== undefined) break;
          if (chapter === 'crashes') await crash(stop, ended);
          else {
            stop.abort('interrupted');
            await ended;
          }
        }
        expect(new Set(failed).size).toBe(failed.length);
        expect(failed).toEqual([null, 64, 32, 16, 8].slice(0, failed.length));
      }),
      { numRuns: 20 },
    );
  });

  it('fails with its own failure when nobody can say what else could be done', async () => {
    const said = vi.spyOn(console, 'error').mockImplementation(() => {});
    const after = () => Promise.reject(new Error('The model cannot be read any more.'));
    const thinking = new JobQueue(jobs, library, { ...engine(), after }, join(folder, 'jobs'));
    acts = [fails(noMemory)];
    expect(await thinking.run(job, () => {}, new AbortController().signal)).toMatchObject({
      ...{ kind: 'failed', failure: noMemory, kept: latents, next: { kind: 'end' } },
    });
    expect(said).toHaveBeenCalledOnce();
  });

  it('that changes its picture while it waits forgets what was kept of the other', async () => {
    [alternatives, offered] = [[option(inSlabs(64), 20)], [option(eightBits, -2)]];
    const checkpoint: Kept = { kind: 'checkpoint', step: 3 };
    acts = [fails({ ...noMemory, phase: 'denoising' }, checkpoint), lasts];
    const counting = countsDown();
    const stop = new AbortController();
    const ended = run(stop.signal);
    const state = await counting;
    const others = state.kind === 'recovering' ? (state.others ?? []) : [];
    const recovery = others.find(({ changesPicture }) => changesPicture);
    if (recovery === undefined) throw new Error('Nothing changes the picture.');
    const begun = until((state) => state.kind === 'recovering' && state.beginsAt === undefined);
    queue.decide(job.id, { kind: 'recover', recovery });
    await begun;
    expect(jobs.kept(job.id)).toEqual({ kind: 'nothing' });
    stop.abort();
    await ended;
  });

  it('has a memory that does not grow without end', async () => {
    const killed: Failure = { cause: 'killed', phase: 'denoising', signal: null, detail: 'x'.repeat(50_000) };
    alternatives = [];
    let step = 0;
    const further: Act = (order, ...more) => fails(killed, { kind: 'checkpoint', step: ++step })(order, ...more);
    let bytes = 0;
    acts = Array.from({ length: 60 }, () => further);
    acts.push((...last) => {
      bytes = (store.prepare('SELECT length(attempts) AS bytes FROM jobs').get() as { bytes: number }).bytes;
      return succeeds(...last);
    });
    expect(await run()).toMatchObject({ kind: 'done', recoveries: { length: recoveryNotesLimit } });
    expect(orders).toHaveLength(61);
    expect(bytes).toBeGreaterThan(50_000);
    expect(bytes).toBeLessThan(150_000);
  });

  it('of a newer studio, in words that nobody knows, begins its history anew', () => {
    store.prepare(`UPDATE jobs SET attempts = '[{"kind":"teleported"}]' WHERE id = ?`).run(job.id);
    expect(jobs.attempts(job.id)).toEqual([]);
    expect(jobs.get(job.id)?.id).toBe(job.id);
  });
});

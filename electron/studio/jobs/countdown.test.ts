import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import type { Job } from '../../../contract/job.ts';
import { countdownMs } from '../../../contract/recovery.ts';
import type { Plan } from '../../../contract/render.ts';
import type { Kept } from '../../../contract/worker.ts';
import { choosingMs } from './countdown.ts';
import { recoverFailed, takeUp } from './recover.ts';
import {
  fails,
  inSlabs,
  lasts,
  latents,
  newJob,
  noMemory,
  option,
  recovering,
  slabsOf,
  succeeds,
  whole,
} from './recovering.fixture.ts';

const eightBits: Plan = { ...whole, storage: { transformer: 'int8' } };

describe('a render that fails, while somebody may say what is done about it', () => {
  const now = recovering();

  it('waits, then goes on with what is kept, and says so with the clip', async () => {
    const scene = now();
    scene.acts = [fails(noMemory), succeeds];
    const counting = scene.countsDown();
    const ended = scene.run();
    expect(await counting).toMatchObject({
      ...{ kind: 'recovering', attempt: 2, failure: noMemory, beginsAt: Date.now() + countdownMs },
      recovery: { keeps: latents, changesPicture: false, rung: { kind: 'replan', plan: inSlabs(64) } },
      others: [{ rung: { plan: inSlabs(32) } }],
    });
    vi.advanceTimersByTime(countdownMs - 1);
    expect(scene.stateNow()).toMatchObject({ kind: 'recovering', beginsAt: Date.now() + 1 });
    vi.advanceTimersByTime(1);
    const note = {
      ...{ cause: 'device-memory', phase: 'decoding', rung: 'replan' },
      changes: [{ kind: 'decode', slabRows: 64 }],
    };
    expect(await ended).toMatchObject({ kind: 'done', recoveries: [note] });
    expect(scene.stateNow()).toMatchObject({ kind: 'done', recoveries: [note] });
    expect((await scene.library.get(scene.job.id)).recoveries).toEqual([note]);
    expect(scene.orders.map(slabsOf)).toEqual([null, 64]);
    // The clip itself says it, too.
    expect(JSON.parse(scene.orders[0]?.metadata ?? '')).not.toHaveProperty('recoveries');
    expect(JSON.parse(scene.orders[1]?.metadata ?? '')).toHaveProperty('recoveries', [note]);
    expect(scene.jobs.attempts(scene.job.id)).toEqual([]);
  });

  it('goes on at once when somebody says so, in the way that they choose', async () => {
    const scene = now();
    scene.acts = [fails(noMemory), succeeds];
    const counting = scene.countsDown();
    const ended = scene.run();
    const state = await counting;
    expect(scene.queue.decide('another', { kind: 'hold' })).toBe(false);
    const other = state.kind === 'recovering' ? state.others?.[0] : undefined;
    if (other === undefined) throw new Error('There is no other way.');
    expect(scene.queue.decide(scene.job.id, { kind: 'recover', recovery: other })).toBe(true);
    expect(scene.queue.decide(scene.job.id, { kind: 'hold' })).toBe(false);
    expect(await ended).toMatchObject({ recoveries: [{ changes: [{ kind: 'decode', slabRows: 32 }] }] });
    expect(scene.orders.map(slabsOf)).toEqual([null, 32]);
  });

  it('stands while somebody chooses, and counts anew when they no longer do, or are gone', async () => {
    const scene = now();
    scene.acts = [fails(noMemory), succeeds];
    const counting = scene.countsDown();
    const ended = scene.run();
    await counting;
    vi.advanceTimersByTime(countdownMs - 1);
    const stands = scene.countsDown();
    expect(scene.queue.decide(scene.job.id, { kind: 'wait', choosing: true })).toBe(true);
    expect(await stands).toMatchObject({
      beginsAt: Date.now() + choosingMs + countdownMs,
      choosing: true,
      others: [{}],
    });
    vi.advanceTimersByTime(choosingMs);
    expect(scene.stateNow()).toMatchObject({ kind: 'recovering', beginsAt: Date.now() + countdownMs });
    const anew = scene.countsDown();
    scene.queue.decide(scene.job.id, { kind: 'wait', choosing: false });
    const counts = await anew;
    expect(counts).toMatchObject({ beginsAt: Date.now() + countdownMs });
    expect(counts).not.toHaveProperty('choosing');
    const again = scene.countsDown();
    scene.queue.decide(scene.job.id, { kind: 'wait', choosing: true });
    await again;
    expect(scene.orders).toHaveLength(1);
    vi.advanceTimersByTime(choosingMs + countdownMs);
    expect((await ended).kind).toBe('done');
    expect(scene.orders.map(slabsOf)).toEqual([null, 64]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('is held, cancelled or recovered in another way by whoever chooses', async () => {
    const scene = now();
    const choosing = async () => {
      const counting = scene.countsDown();
      const stop = new AbortController();
      const ended = scene.run(stop.signal);
      await counting;
      const stands = scene.countsDown();
      scene.queue.decide(scene.job.id, { kind: 'wait', choosing: true });
      return { stop, ended, state: await stands };
    };
    scene.acts = [fails(noMemory)];
    const held = await choosing();
    scene.queue.decide(scene.job.id, { kind: 'hold' });
    expect(await held.ended).toMatchObject({ kind: 'failed', kept: latents, next: { kind: 'recover' } });
    scene.acts = [fails(noMemory)];
    const cancelled = await choosing();
    cancelled.stop.abort();
    expect((await cancelled.ended).kind).toBe('cancelled');
    scene.job = scene.jobs.add({ ...newJob, out: join(scene.folder, 'another.mp4') });
    scene.acts = [fails(noMemory), succeeds];
    const { state, ended } = await choosing();
    const recovery = state.kind === 'recovering' ? state.others?.[0] : undefined;
    if (recovery === undefined) throw new Error('There is no other way.');
    scene.queue.decide(scene.job.id, { kind: 'recover', recovery });
    expect((await ended).kind).toBe('done');
    expect(slabsOf(scene.orders.at(-1))).toBe(32);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('fails when it is held, and goes on when it is asked to', async () => {
    const scene = now();
    scene.acts = [fails(noMemory)];
    const counting = scene.countsDown();
    const ended = scene.run();
    await counting;
    scene.queue.decide(scene.job.id, { kind: 'hold' });
    expect(await ended).toMatchObject({ kind: 'failed', kept: latents, next: { kind: 'recover' } });
    expect(scene.jobs.attempts(scene.job.id)).toMatchObject([{ recovery: null }]);
    const held = scene.jobs.get(scene.job.id) as Job;
    expect(recoverFailed(scene.jobs, held, 7)).toBe(false);
    expect(recoverFailed(scene.jobs, held, 0)).toBe(true);
    expect(scene.stateNow()).toEqual({ kind: 'queued', kept: latents });
    expect(scene.jobs.next()?.id).toBe(scene.job.id);
    scene.acts = [succeeds];
    expect((await scene.run()).kind).toBe('done');
    expect(scene.orders.map(slabsOf)).toEqual([null, 32]);
  });

  it.each([
    ['cancelled', undefined, { kind: 'cancelled', kept: latents }],
    ['paused', 'asked', { kind: 'paused', reason: 'asked', kept: latents }],
    ['paused with the queue', 'queue', { kind: 'paused', reason: 'queue', kept: latents }],
  ])('%s while it waits, goes on in the way that was proposed', async (_, reason, state) => {
    const scene = now();
    scene.acts = [fails(noMemory)];
    const stop = new AbortController();
    const counting = scene.countsDown();
    const ended = scene.run(stop.signal);
    await counting;
    stop.abort(reason);
    expect(await ended).toEqual(state);
    expect(vi.getTimerCount()).toBe(0);
    takeUp(scene.jobs, scene.jobs.get(scene.job.id) as Job);
    scene.acts = [succeeds];
    expect((await scene.run()).kind).toBe('done');
    expect(scene.orders.map(slabsOf)).toEqual([null, 64]);
  });

  it('that changes its picture while it waits forgets what was kept of the other', async () => {
    const scene = now();
    [scene.alternatives, scene.offered] = [[option(inSlabs(64), 20)], [option(eightBits, -2)]];
    const checkpoint: Kept = { kind: 'checkpoint', step: 3 };
    scene.acts = [fails({ ...noMemory, phase: 'denoising' }, checkpoint), lasts];
    const counting = scene.countsDown();
    const stop = new AbortController();
    const ended = scene.run(stop.signal);
    const state = await counting;
    const others = state.kind === 'recovering' ? (state.others ?? []) : [];
    const recovery = others.find(({ changesPicture }) => changesPicture);
    if (recovery === undefined) throw new Error('Nothing changes the picture.');
    const begun = scene.until((state) => state.kind === 'recovering' && state.beginsAt === undefined);
    scene.queue.decide(scene.job.id, { kind: 'recover', recovery });
    await begun;
    expect(scene.jobs.kept(scene.job.id)).toEqual({ kind: 'nothing' });
    stop.abort();
    await ended;
  });
});

import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import type { Failure } from '../../../contract/failure.ts';
import type { Job } from '../../../contract/job.ts';
import { recoveryNotesLimit } from '../../../contract/recovery.ts';
import type { Plan } from '../../../contract/render.ts';
import type { Kept } from '../../../contract/worker.ts';
import { type JobEvent, JobQueue } from './queue.ts';
import { recoverFailed } from './recover.ts';
import {
  type Act,
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
import type { RenderRequest } from './request.ts';

const fullDisk: Failure = { cause: 'disk-full', phase: 'finishing', path: '/', detail: '' };
const eightBits: Plan = { ...whole, storage: { transformer: 'int8' } };

describe('a render that fails and can go on', () => {
  const now = recovering();

  it('goes on in that way after the studio was killed while it waited, or while it rendered again', async () => {
    const scene = now();
    scene.acts = [fails(noMemory), lasts];
    const counting = scene.countsDown();
    const stop = new AbortController();
    const waiting = scene.run(stop.signal);
    await counting;
    await scene.crash(stop, waiting);
    expect(scene.stateNow()).toEqual({ kind: 'paused', reason: 'interrupted', kept: latents });
    expect(scene.jobs.get(scene.job.id)?.recoveries).toHaveLength(1);
    const decoding = scene.until((state) => state.kind === 'decoding');
    const again = new AbortController();
    const rendering = scene.run(again.signal);
    await decoding;
    await scene.crash(again, rendering);
    scene.acts = [fails(noMemory), succeeds];
    scene.policy = 'at-once';
    expect(await scene.run()).toMatchObject({
      recoveries: [{ changes: [{ slabRows: 64 }] }, { changes: [{ slabRows: 32 }] }],
    });
    // Never the same attempt twice.
    expect(scene.orders.map(slabsOf)).toEqual([null, 64, 64, 32]);
  });

  it('asks nobody when it shall not, and only somebody when it shall', async () => {
    const scene = now();
    scene.policy = 'ask';
    scene.acts = [fails(noMemory)];
    expect(await scene.run()).toMatchObject({ kind: 'failed', next: { kind: 'recover' } });
    expect(scene.jobs.next()).toBeNull();
    // Asked for again as it stands, it does not fail in the same way.
    scene.policy = 'at-once';
    scene.acts = [fails(noMemory), succeeds];
    const events: JobEvent[] = [];
    expect((await scene.run(undefined, (event) => events.push(event))).kind).toBe('done');
    expect(scene.orders.map(slabsOf)).toEqual([null, 64, 32]);
    expect(events).toMatchObject([{ type: 'progress' }, { type: 'recovering', attempt: 3, beginsAt: null }]);
  });

  it.each(['countdown', 'ask'] as const)(
    'does the same again in a worker of its own without asking: %s',
    async (by) => {
      const scene = now();
      scene.policy = by;
      const killed: Failure = { cause: 'killed', phase: 'denoising', signal: 'SIGKILL', detail: '' };
      scene.alternatives = [];
      scene.acts = [fails(killed, { kind: 'checkpoint', step: 5 }), succeeds];
      expect(await scene.run()).toMatchObject({ kind: 'done', recoveries: [{ rung: 'fresh-worker', changes: [] }] });
      expect(scene.fresh).toBe(1);
      expect(scene.orders.map(({ plan }) => plan)).toEqual([whole, whole]);
    },
  );

  it('does nothing by itself where it never shall', async () => {
    const scene = now();
    const killed: Failure = { cause: 'killed', phase: 'denoising', signal: 'SIGKILL', detail: '' };
    scene.policy = 'never';
    scene.acts = [fails(killed)];
    expect(await scene.run()).toMatchObject({ kind: 'failed', failure: killed, next: { kind: 'recover' } });
    expect(scene.fresh).toBe(0);
  });

  it('ends when nothing is left, with what was tried; other settings forget it', async () => {
    const scene = now();
    scene.policy = 'at-once';
    scene.acts = [fails(noMemory), fails(noMemory), fails(noMemory)];
    expect(await scene.run()).toMatchObject({ kind: 'failed', next: { kind: 'end', reason: 'no-way-left' } });
    expect(scene.jobs.attempts(scene.job.id).map(({ recovery }) => recovery?.rung.kind ?? null)).toEqual([
      'replan',
      'replan',
      null,
    ]);
    scene.jobs.change(scene.job.id, newJob);
    expect(scene.jobs.attempts(scene.job.id)).toEqual([]);
    expect(scene.jobs.get(scene.job.id)?.recoveries).toBeUndefined();
    scene.acts = [fails(fullDisk)];
    expect(await scene.run()).toMatchObject({ kind: 'failed', next: { kind: 'end', reason: 'not-by-trying' } });
    expect(scene.orders.map(slabsOf)).toEqual([null, 64, 32, null]);
  });

  it('with another limit of its memory begins with a plan of its own', async () => {
    const scene = now();
    scene.policy = 'ask';
    scene.acts = [fails(noMemory)];
    await scene.run();
    const asked: RenderRequest = { ...newJob, out: scene.job.out };
    expect(scene.queue.accept(asked).id).toBe(scene.job.id);
    expect(scene.jobs.attempts(scene.job.id)).toHaveLength(1);
    const again = scene.queue.accept({ ...asked, memoryLimit: 2 ** 32 });
    expect(again.id).toBe(scene.job.id);
    expect(scene.jobs.attempts(scene.job.id)).toEqual([]);
    scene.acts = [succeeds];
    expect((await scene.queue.run(again, () => {}, new AbortController().signal)).kind).toBe('done');
    expect(scene.orders.map(slabsOf)).toEqual([null, null]);
  });

  it('takes what changes the picture only when it is asked to, and begins anew with it', async () => {
    const scene = now();
    scene.policy = 'at-once';
    [scene.alternatives, scene.offered] = [[], [option(eightBits, -2)]];
    const checkpoint: Kept = { kind: 'checkpoint', step: 3 };
    scene.acts = [fails({ ...noMemory, phase: 'denoising' }, checkpoint)];
    expect(await scene.run()).toMatchObject({
      kind: 'failed',
      next: { kind: 'end', others: [{ changesPicture: true }] },
    });
    const left = join(scene.folder, 'jobs', scene.job.id, 'checkpoint');
    mkdirSync(join(scene.folder, 'jobs', scene.job.id), { recursive: true });
    writeFileSync(left, '');
    expect(recoverFailed(scene.jobs, scene.jobs.get(scene.job.id) as Job, null)).toBe(false);
    expect(recoverFailed(scene.jobs, scene.jobs.get(scene.job.id) as Job, 0)).toBe(true);
    expect(scene.stateNow()).toEqual({ kind: 'queued', kept: { kind: 'nothing' } });
    scene.acts = [
      async (order, ...more) => {
        expect(existsSync(left)).toBe(false);
        return succeeds(order, ...more);
      },
    ];
    expect((await scene.run()).kind).toBe('done');
    expect(scene.orders[1]?.plan.storage.transformer).toBe('int8');
  });

  it('takes frames as they are once that is what is left, and keeps to it', async () => {
    const scene = now();
    scene.policy = 'at-once';
    const seams: Failure = { cause: 'bad-frames', phase: 'decoding', problem: 'seams', detail: '' };
    scene.alternatives = [];
    scene.acts = [fails(seams), fails({ cause: 'hang', phase: 'decoding', seconds: 7, detail: '' }), succeeds];
    expect(await scene.run()).toMatchObject({ recoveries: [{ rung: 'accept' }, { rung: 'fresh-worker' }] });
    expect(scene.orders.map(({ acceptFrames }) => acceptFrames)).toEqual([false, true, true]);
    expect(scene.slow).toEqual([false, false, false]);
  });

  it('goes on however slow once that is what is left, and still looks at its frames', async () => {
    const scene = now();
    scene.policy = 'at-once';
    const spill: Failure = {
      ...{ cause: 'spill', phase: 'denoising', detail: '' },
      ...{ stepSeconds: 40, expectedSeconds: 2 },
    };
    const seams: Failure = { cause: 'bad-frames', phase: 'decoding', problem: 'seams', detail: '' };
    scene.alternatives = [];
    scene.acts = [fails(spill, { kind: 'checkpoint', step: 5 }), fails(seams), succeeds];
    expect(await scene.run()).toMatchObject({ recoveries: [{ cause: 'spill' }, { cause: 'bad-frames' }] });
    expect(scene.slow).toEqual([false, true, true]);
    // What is slow is not flawed, and what is flawed is not taken before it was found.
    expect(scene.orders.map(({ acceptFrames }) => acceptFrames)).toEqual([false, false, true]);
  });

  it('does not go on with a plan for a card that is gone', async () => {
    const scene = now();
    scene.acts = [fails(noMemory), succeeds];
    scene.alternatives = [option({ ...inSlabs(64), device: 'cuda' }, 1)];
    scene.policy = 'at-once';
    expect((await scene.run()).kind).toBe('done');
    expect(scene.orders.map(({ plan }) => plan)).toEqual([whole, whole]);
  });

  it('is stopped while what to do next is still being thought about', async () => {
    const scene = now();
    const stop = new AbortController();
    const thinking = new JobQueue(
      scene.jobs,
      scene.library,
      {
        ...scene.engine(),
        after: () => {
          stop.abort();
          return new Promise(() => {});
        },
      },
      scene.folders,
    );
    scene.acts = [fails(noMemory)];
    expect(await thinking.run(scene.job, () => {}, stop.signal)).toEqual({ kind: 'cancelled', kept: latents });
  });

  it('never fails twice in the same way, whatever quits and crashes lie between', async () => {
    const scene = now();
    scene.policy = 'at-once';
    scene.alternatives = [64, 32, 16, 8].map((rows, at) => option(inSlabs(rows), at));
    const happens = fc.constantFrom('fails', 'is quit', 'crashes' as const);
    await fc.assert(
      fc.asyncProperty(fc.array(happens, { maxLength: 12 }), async (story) => {
        scene.job = scene.jobs.add({ ...newJob, out: join(scene.folder, `${scene.job.id}-again.mp4`) });
        const failed: (number | null | undefined)[] = [];
        for (const chapter of [...story, 'fails', 'fails', 'fails', 'fails', 'fails'] as const) {
          const before = scene.stateNow();
          if (before?.kind === 'failed' || before?.kind === 'done') break;
          scene.orders = [];
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
          scene.acts = chapter === 'fails' ? [fail, stays] : [stays];
          const ended = scene.run(stop.signal);
          const over = await Promise.race([ended, rendering]);
          // It ended by itself: nothing was left.
          if (over !== undefined) break;
          if (chapter === 'crashes') await scene.crash(stop, ended);
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
    const scene = now();
    const said = vi.spyOn(console, 'error').mockImplementation(() => {});
    const after = () => Promise.reject(new Error('The model cannot be read any more.'));
    const thinking = new JobQueue(scene.jobs, scene.library, { ...scene.engine(), after }, scene.folders);
    scene.acts = [fails(noMemory)];
    expect(await thinking.run(scene.job, () => {}, new AbortController().signal)).toMatchObject({
      ...{ kind: 'failed', failure: noMemory, kept: latents, next: { kind: 'end' } },
    });
    expect(said).toHaveBeenCalledOnce();
  });

  it('has a memory that does not grow without end', async () => {
    const scene = now();
    const killed: Failure = { cause: 'killed', phase: 'denoising', signal: null, detail: 'x'.repeat(50_000) };
    scene.alternatives = [];
    let step = 0;
    const further: Act = (order, ...more) => fails(killed, { kind: 'checkpoint', step: ++step })(order, ...more);
    let bytes = 0;
    scene.acts = Array.from({ length: 60 }, () => further);
    scene.acts.push((...last) => {
      bytes = (scene.store.prepare('SELECT length(attempts) AS bytes FROM jobs').get() as { bytes: number }).bytes;
      return succeeds(...last);
    });
    expect(await scene.run()).toMatchObject({ kind: 'done', recoveries: { length: recoveryNotesLimit } });
    expect(scene.orders).toHaveLength(61);
    expect(bytes).toBeGreaterThan(50_000);
    expect(bytes).toBeLessThan(150_000);
  });

  it('of a newer studio, in words that nobody knows, begins its history anew', () => {
    const scene = now();
    scene.store.prepare(`UPDATE jobs SET attempts = '[{"kind":"teleported"}]' WHERE id = ?`).run(scene.job.id);
    expect(scene.jobs.attempts(scene.job.id)).toEqual([]);
    expect(scene.jobs.get(scene.job.id)?.id).toBe(scene.job.id);
  });

  it('stays made when what led to it cannot be removed', async () => {
    const scene = now();
    const said = vi.spyOn(console, 'error').mockImplementation(() => {});
    scene.acts = [
      async (order, ...more) => {
        // Nothing can be removed from what is no folder.
        rmSync(scene.folders.jobs, { recursive: true });
        writeFileSync(scene.folders.jobs, '');
        return succeeds(order, ...more);
      },
    ];
    expect((await scene.run()).kind).toBe('done');
    expect(scene.stateNow()).toMatchObject({ kind: 'done' });
    if (process.platform !== 'win32') expect(said).toHaveBeenCalledOnce();
  });
});

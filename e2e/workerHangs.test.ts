import { mkdtempSync, rmSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Progress, RenderOrder } from '../contract/worker.ts';
import { plainPlan } from '../electron/studio/planner/plain.ts';
import { BoundedLog, patience, Supervisor, type SupervisorOptions } from '../electron/studio/sidecar/index.ts';
import { isAlive, oneThread, root, until } from './cli.ts';
import { readClip } from './clip.ts';
import { testPython } from './environment.ts';

let folder: string;
let supervisor: Supervisor;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'reelwright-hang-'));
});
afterEach(async () => {
  await supervisor.dispose(0);
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

/** The real worker, which fails as told, once. */
async function supervise(fault: object, options: Partial<SupervisorOptions> = {}): Promise<Supervisor> {
  const env = {
    ...oneThread,
    REELWRIGHT_TEST_FAULTS: JSON.stringify([fault]),
    REELWRIGHT_TEST_FAULTS_STATE: join(folder, 'faults.json'),
  };
  supervisor = new Supervisor({
    ...{ python: await testPython(), sidecar: join(root, 'python-sidecar'), env },
    command: ['-s', join(root, 'python-sidecar/tests/faulty_worker.py')],
    log: new BoundedLog(join(folder, 'worker.log')),
    patience: { ...patience, step: 5, stop: 1 },
    ...options,
  });
  return supervisor;
}

async function order(name: string, jobId = name): Promise<RenderOrder> {
  const kept = join(folder, jobId);
  await mkdir(kept, { recursive: true });
  const plan = { ...plainPlan('cpu', 'float32'), checkpointEverySteps: 1 };
  return {
    ...{ jobId, folder: kept, cache: null, plan, out: join(folder, `${name}.mp4`), overwrite: false },
    model: { folder: join(root, 'resources/models/paper-world'), family: 'cogvideox', task: 'text-to-video' },
    settings: {
      ...{ prompt: 'a pink star', negativePrompt: '', image: null, width: 96, height: 64, frames: 9, fps: 8 },
      ...{ steps: 6, guidance: 3, scheduler: 'dpm', seed: 3 },
    },
    ...{ metadata: '{}', poster: null, acceptFrames: false, preview: false },
  };
}

const never = new AbortController().signal;

describe('a worker that beats and gets nowhere', { timeout: 120_000 }, () => {
  it('is ended, and the next one goes on from what was kept, with the same frames', async () => {
    const keeper = await supervise({ at: 'denoising', what: 'hang', step: 4 });
    await keeper.ready();
    const first = keeper.pid ?? 0;
    const outcome = await keeper.render(await order('hung'), () => {}, never);
    expect(outcome).toMatchObject({ kind: 'failed', failure: { cause: 'hang', phase: 'denoising', step: 4 } });
    await until('the first worker is gone', () => !isAlive(first), 5000);
    const steps: number[] = [];
    const hear = (told: Progress) => {
      if (told.type === 'step' && told.phase === 'denoising') steps.push(told.step);
    };
    expect(await keeper.render(await order('hung'), hear, never)).toMatchObject({ kind: 'done' });
    expect(steps[0]).toBeGreaterThan(1);
    expect(keeper.pid).not.toBe(first);
    expect(await keeper.render(await order('whole'), () => {}, never)).toMatchObject({ kind: 'done' });
    expect((await readClip(join(folder, 'hung.mp4'))).pixels).toBe((await readClip(join(folder, 'whole.mp4'))).pixels);
  });

  it('and was asked to stop has stopped, and says what it kept', async () => {
    const keeper = await supervise({ at: 'denoising', what: 'hang', step: 4 }, { patience: { ...patience, stop: 1 } });
    const cancel = new AbortController();
    const hear = (told: Progress) => {
      if (told.type === 'step' && told.step === 3) cancel.abort();
    };
    const outcome = await keeper.render(await order('cancelled'), hear, cancel.signal);
    expect(outcome).toMatchObject({ kind: 'cancelled', phase: 'denoising', kept: { kind: 'checkpoint' } });
  });
});

describe.skipIf(process.platform === 'win32')('a machine that sleeps', { timeout: 120_000 }, () => {
  it('costs no worker: nobody could beat or get on meanwhile', async () => {
    const keeper = await supervise({ at: 'decoding', what: 'internal', step: 99 }, { silenceMs: 4000 });
    let asleep = 0;
    const sleepOnce = (told: Progress) => {
      if (told.type !== 'step' || told.step !== 3 || asleep > 0) return;
      asleep = keeper.pid ?? 0;
      process.kill(asleep, 'SIGSTOP');
      // As the studio itself does not run while the machine sleeps.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 7000);
      process.kill(asleep, 'SIGCONT');
    };
    expect(await keeper.render(await order('slept'), sleepOnce, never)).toMatchObject({ kind: 'done' });
    expect(keeper.pid).toBe(asleep);
  });
});

describe('a worker that falls silent', { timeout: 120_000 }, () => {
  it('is ended, whatever it is allowed for a step', async () => {
    const keeper = await supervise({ at: 'decoding', what: 'silent' }, { silenceMs: 4000, patience });
    const outcome = await keeper.render(await order('silent'), () => {}, never);
    expect(outcome).toMatchObject({
      ...{
        kind: 'failed',
        failure: { cause: 'hang', phase: 'decoding', detail: expect.stringMatching(/sign of life/) },
      },
    });
    expect(await keeper.render(await order('silent'), () => {}, never)).toMatchObject({ kind: 'done' });
  });
});

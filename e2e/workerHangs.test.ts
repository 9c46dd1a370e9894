import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Progress, protocolVersion, type RenderOrder } from '../contract/worker.ts';
import { BoundedLog, patience, Supervisor, type SupervisorOptions } from '../electron/studio/sidecar/index.ts';
import { isAlive, root, until } from './cli.ts';
import { readClip } from './clip.ts';
import { testPython } from './environment.ts';
import { type Fault, faultyWorker } from './faultyEnvironment.ts';
import { jobIs, open, opened } from './openStudio.ts';
import { orderIn } from './order.ts';
import { small } from './small.ts';

let folder: string;
let supervisor: Supervisor | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'reelwright-hang-'));
});
afterEach(async () => {
  await supervisor?.dispose(0);
  supervisor = undefined;
  for (const each of opened) await each.close();
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

/** The real worker, which fails as told, once. */
const faulty = (...faults: Fault[]) => ({
  ...faultyWorker(folder, faults),
  patience: { ...patience, step: 5, stop: 1 },
});

async function supervise(faults: Fault[], options: Partial<SupervisorOptions> = {}): Promise<Supervisor> {
  supervisor = new Supervisor({
    ...{ python: await testPython(), sidecar: join(root, 'python-sidecar') },
    log: new BoundedLog(join(folder, 'worker.log')),
    ...faulty(...faults),
    ...options,
  });
  return supervisor;
}

/** Saved after every step. */
async function order(name: string): Promise<RenderOrder> {
  const plain = await orderIn(folder, name, { steps: 6 });
  return { ...plain, plan: { ...plain.plan, checkpointEverySteps: 1 } };
}

const never = new AbortController().signal;

describe('a worker that beats and gets nowhere', { timeout: 240_000 }, () => {
  it('is ended, and the next one goes on from what was kept, with the same frames', async () => {
    const keeper = await supervise([{ at: 'denoising', what: 'hang', step: 4 }]);
    await keeper.ready();
    const first = keeper.pid ?? 0;
    const hung = await order('hung');
    const outcome = await keeper.render(hung, () => {}, never);
    expect(outcome).toMatchObject({ kind: 'failed', failure: { cause: 'hang', phase: 'denoising', step: 4 } });
    await until('the first worker is gone', () => !isAlive(first), 5000);
    const steps: number[] = [];
    const hear = (told: Progress) => {
      if (told.type === 'step' && told.phase === 'denoising') steps.push(told.step);
    };
    expect(await keeper.render(hung, hear, never)).toMatchObject({ kind: 'done' });
    expect(steps[0]).toBeGreaterThan(1);
    expect(keeper.pid).not.toBe(first);
    expect(await keeper.render(await order('whole'), () => {}, never)).toMatchObject({ kind: 'done' });
    expect((await readClip(join(folder, 'hung.mp4'))).pixels).toBe((await readClip(join(folder, 'whole.mp4'))).pixels);
  });

  it('and was asked to stop has stopped, and says what it kept', async () => {
    const keeper = await supervise([{ at: 'denoising', what: 'hang', step: 4 }], {
      patience: { ...patience, stop: 1 },
    });
    const cancel = new AbortController();
    const hear = (told: Progress) => {
      if (told.type === 'step' && told.step === 3) cancel.abort();
    };
    const outcome = await keeper.render(await order('cancelled'), hear, cancel.signal);
    expect(outcome).toMatchObject({ kind: 'cancelled', phase: 'denoising', kept: { kind: 'checkpoint' } });
  });
});

describe('a clip whose worker hangs', { timeout: 300_000 }, () => {
  it('is made by the next one without being asked for, and says so', async () => {
    await testPython();
    const { client, seen, events } = open(folder, { worker: faulty({ at: 'decoding', what: 'hang', step: 2 }) });
    const { id } = await client.queue.add(small);
    const { job } = await seen(jobIs(id, 'done', 'failed'));
    expect(job.state).toMatchObject({ kind: 'done', recoveries: [{ cause: 'hang', phase: 'decoding' }] });
    const steps = events.flatMap((event) =>
      event.type === 'live' && event.live?.phase === 'denoising' && event.live.step !== null ? [event.live.step] : [],
    );
    // What hung was the decoder: nothing is denoised twice.
    expect(steps).toEqual(steps.toSorted((one, other) => one - other));
    expect(new Set(steps)).toEqual(new Set([1, 2, 3, 4, 5, 6, 7, 8]));
  });
});

/** It speaks the protocol, beats, and never answers. */
const deaf = `
import json, os, sys, time
def say(method, params):
    body = json.dumps({"jsonrpc": "2.0", "method": method, "params": params})
    sys.stdout.buffer.write(f"Content-Length: {len(body)}\\r\\n\\r\\n{body}".encode())
    sys.stdout.flush()
versions = {"python": "3", "torch": "2", "diffusers": "0", "importSeconds": 0.1}
say("ready", {"protocol": ${protocolVersion}, "pid": os.getpid(), **versions})
for beat in range(600):
    say("heartbeat", {"beat": beat, "reservedBytes": None})
    time.sleep(0.2)
`;

describe('a worker that beats and never answers', { timeout: 60_000 }, () => {
  it('is ended when it does not say what it can calculate on', async () => {
    const keeper = await supervise([], { command: ['-s', '-c', deaf], probeMs: 1500 });
    await keeper.ready();
    const pid = keeper.pid ?? 0;
    await expect(keeper.probe()).rejects.toMatchObject({ failure: { cause: 'hang', phase: null } });
    await until('it is gone', () => !isAlive(pid), 5000);
  });

  it.skipIf(process.platform === 'win32')('is gone before there is another', async () => {
    const log = join(folder, 'order.log');
    const note = (what: string) => `open(${JSON.stringify(log)}, "a").write("${what}\\n")`;
    // What it leaves behind cannot be ended with it, as what stands in a driver cannot.
    const lingers = `import time; time.sleep(2); ${note('gone')}`;
    const lingering = `
import subprocess, sys
${note('started')}
subprocess.Popen([sys.executable, "-c", ${JSON.stringify(lingers)}], start_new_session=True)
${deaf}`;
    const keeper = await supervise([], { command: ['-s', '-c', lingering], probeMs: 1 });
    await keeper.ready();
    await expect(keeper.probe()).rejects.toMatchObject({ failure: { cause: 'hang' } });
    await keeper.ready();
    expect(readFileSync(log, 'utf8').trim().split('\n').slice(0, 3)).toEqual(['started', 'gone', 'started']);
  });

  it('is ended when nothing comes of a render, and not before where nobody knows how long that takes', async () => {
    const quick = { command: ['-s', '-c', deaf], patience: { begin: 2, step: 2, stop: 1 } };
    const keeper = await supervise([], quick);
    const predicted = { phases: [], stepSeconds: 0.1 };
    const outcome = await keeper.render(await order('deaf'), () => {}, never, predicted);
    expect(outcome).toMatchObject({ kind: 'failed', failure: { cause: 'hang', phase: null } });
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 4000);
    const unknown = await keeper.render(await order('unknown'), () => {}, stop.signal);
    expect(unknown).toEqual({ kind: 'cancelled', phase: 'loading', kept: { kind: 'nothing' } });
  });
});

import { readFileSync } from 'node:fs';
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Progress, protocolVersion } from '../contract/worker.ts';
import { BoundedLog, Supervisor, type SupervisorOptions } from '../electron/studio/sidecar/index.ts';
import { isAlive, oneThread, root, until } from './cli.ts';
import { readClip } from './clip.ts';
import { testPython } from './environment.ts';
import { orderIn } from './order.ts';

let folder: string;
let supervisor: Supervisor | undefined;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reelwright-worker-'));
});
afterEach(async () => {
  await supervisor?.dispose();
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
});

async function supervise(options: Partial<SupervisorOptions> = {}): Promise<Supervisor> {
  const log = new BoundedLog(join(folder, 'worker.log'));
  supervisor = new Supervisor({
    python: await testPython(),
    sidecar: join(root, 'python-sidecar'),
    log,
    env: oneThread,
    ...options,
  });
  return supervisor;
}

const order = (jobId: string, steps = 8) => orderIn(folder, jobId, { steps });

const never = new AbortController().signal;

describe('the worker', { timeout: 120_000 }, () => {
  it('renders one job after another without loading anew, and ends when asked', async () => {
    const keeper = await supervise();
    const { importSeconds } = await keeper.ready();
    expect(importSeconds).toBeGreaterThan(0);
    const first = await keeper.render(await order('one'), () => {}, never);
    const pid = keeper.pid;
    const second = await keeper.render(await order('two'), () => {}, never);
    expect([first.kind, second.kind]).toEqual(['done', 'done']);
    expect(keeper.pid).toBe(pid);
    await keeper.dispose();
    expect(pid !== null && isAlive(pid)).toBe(false);
  });

  it('shows what it denoises and decodes and leaves a still, with the very clip of a render that does not', async () => {
    const keeper = await supervise();
    const plain = await order('plain');
    const shown = { ...(await order('shown')), poster: join(folder, 'shown.webp'), preview: true };
    const progress: Progress[] = [];
    expect(await keeper.render(plain, () => {}, never)).toMatchObject({ kind: 'done' });
    expect(await keeper.render(shown, (item) => progress.push(item), never)).toMatchObject({ kind: 'done' });
    const previews = progress.filter((item) => item.type === 'preview');
    const decoded = previews.pop();
    expect(decoded).toMatchObject({ phase: 'decoding', before: 0, frames: 9, width: 96, height: 64 });
    expect(Buffer.from(decoded?.rgb ?? '', 'base64').length).toBe(9 * 96 * 64 * 3);
    expect(previews[0]).toMatchObject({ step: 1, of: 8, frames: 3, width: 12, height: 8 });
    expect(previews.at(-1)?.step).toBe(8);
    for (const { rgb } of previews) {
      const colours = Buffer.from(rgb, 'base64');
      expect(colours.length).toBe(3 * 12 * 8 * 3);
      expect(new Set(colours).size).toBeGreaterThan(20);
    }
    expect((await readClip(shown.out)).pixels).toBe((await readClip(plain.out)).pixels);
    const still = readFileSync(shown.poster);
    expect([still.toString('latin1', 0, 4), still.toString('latin1', 8, 12)]).toEqual(['RIFF', 'WEBP']);
  });

  it('answers a cancellation between two steps', async () => {
    const keeper = await supervise();
    const cancel = new AbortController();
    const steps: number[] = [];
    const outcome = await keeper.render(
      await order('cancelled', 400),
      (progress: Progress) => {
        if (progress.type === 'step') steps.push(progress.step);
        if (progress.type === 'step' && progress.step === 5) cancel.abort();
      },
      cancel.signal,
    );
    expect(outcome).toMatchObject({ kind: 'cancelled', kept: { kind: 'checkpoint' } });
    // Steps are so short here that several are made before anybody has heard of the fifth one.
    expect(steps.length).toBeLessThan(100);
  });

  it('keeps its words apart from what libraries print: C code on descriptor 1, 100 MB of errors', async () => {
    const noise = `
import os, threading, time, runpy
def noise():
    while os.fstat(1).st_ino != os.fstat(2).st_ino or os.fstat(1).st_dev != os.fstat(2).st_dev:
        time.sleep(0.001)
    for _ in range(1600):
        os.write(1, b"Content-Length: 5\\r\\n\\r\\n{...}\\n")
        os.write(2, b"x" * 65535 + b"\\n")
threading.Thread(target=noise).start()
runpy.run_module("reelwright_sidecar", run_name="__main__", alter_sys=True)
`;
    const keeper = await supervise({ command: ['-s', '-c', noise] });
    const outcome = await keeper.render(await order('noisy'), () => {}, never);
    expect(outcome).toMatchObject({ kind: 'done' });
    await keeper.dispose(60_000);
    const logs = (await readdir(folder)).filter((name) => name.startsWith('worker.log'));
    const sizes = await Promise.all(logs.map(async (name) => (await stat(join(folder, name))).size));
    expect(sizes.reduce((a, b) => a + b)).toBeGreaterThan(5_000_000);
    expect(sizes.reduce((a, b) => a + b)).toBeLessThanOrEqual(2 * 5 * 1024 * 1024);
  });

  it('that cannot start is an environment to repair, in a failure and not an exception', async () => {
    const keeper = await supervise({ command: ['-s', '-c', 'raise ImportError("torch is half there")'] });
    const outcome = await keeper.render(await order('broken'), () => {}, never);
    expect(outcome).toMatchObject({
      kind: 'failed',
      failure: { cause: 'environment', detail: expect.stringMatching(/half there/) },
    });
  });

  it('that finds no memory to start in is no damaged environment', async () => {
    const words = 'libtorch_cpu.so: failed to map segment from shared object';
    const keeper = await supervise({ command: ['-s', '-c', `raise ImportError("${words}")`] });
    const outcome = await keeper.render(await order('crowded'), () => {}, never);
    expect(outcome).toMatchObject({ kind: 'failed', failure: { cause: 'host-memory' } });
  });

  it.skipIf(process.platform === 'win32')(
    'that is aborted for want of memory says so, while it renders too',
    async () => {
      const aborting = `
import json, os, sys
versions = {"python": "3", "torch": "2", "diffusers": "0", "importSeconds": 0.1}
params = {"protocol": ${protocolVersion}, "pid": os.getpid(), **versions}
body = json.dumps({"jsonrpc": "2.0", "method": "ready", "params": params})
sys.stdout.write(f"Content-Length: {len(body)}\\r\\n\\r\\n{body}")
sys.stdout.flush()
sys.stdin.readline()
sys.stderr.write("terminate called after throwing an instance of 'std::bad_alloc'")
sys.stderr.flush()
os.abort()
`;
      const keeper = await supervise({ command: ['-s', '-c', aborting] });
      await keeper.ready();
      const outcome = await keeper.render(await order('aborted'), () => {}, never);
      expect(outcome).toMatchObject({ kind: 'failed', failure: { cause: 'host-memory' } });
    },
  );

  it('that speaks gibberish is ended', async () => {
    const gibberish =
      'import sys, time; sys.stdout.buffer.write(b"Content-Length: x\\r\\n\\r\\n" * 9); sys.stdout.flush(); time.sleep(600)';
    const keeper = await supervise({ command: ['-s', '-c', gibberish], startMs: 20_000 });
    const outcome = await keeper.render(await order('gibberish'), () => {}, never);
    expect(outcome.kind).toBe('failed');
    await until('the worker is gone', () => keeper.pid === null, 5000);
  });

  it('takes nothing for its own that lies in the folder it is started in', async () => {
    await writeFile(join(folder, 'json.py'), 'raise ImportError("planted")');
    const before = process.cwd();
    process.chdir(folder);
    try {
      const keeper = await supervise();
      expect(await keeper.ready()).toMatchObject({ protocol: protocolVersion });
    } finally {
      process.chdir(before);
    }
  });

  it('that does not listen to the request to end is ended with all it started', async () => {
    const stubborn = `
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print(child.pid, file=sys.stderr, flush=True)
time.sleep(600)
`;
    const keeper = await supervise({ command: ['-s', '-c', stubborn] });
    keeper.warm();
    const log = join(folder, 'worker.log');
    await until('the child is named', async () => ((await stat(log).catch(() => null))?.size ?? 0) > 0, 20_000);
    const child = Number(readFileSync(log, 'utf8'));
    expect(isAlive(child)).toBe(true);
    await keeper.dispose(200);
    await until('the child is gone', () => !isAlive(child), 2000);
  });
});

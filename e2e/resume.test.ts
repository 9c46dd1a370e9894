import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CommandEvent } from '../contract/command.ts';
import { cli, type Ended, isAlive, quick, type Running, startCli, until, workersOf } from './cli.ts';
import { readClip } from './clip.ts';

const prompt = 'a blue boat moving left on the sea at night';
let home: string;
let whole: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'reelwright-resume-'));
  const run = await cli(generate('whole.mp4'), { home });
  expect(run.last).toMatchObject({ type: 'done' });
  whole = (await readClip(join(home, 'whole.mp4'))).pixels;
}, 120_000);
afterAll(() => rm(home, { recursive: true, force: true, maxRetries: 5 }));

const generate = (name: string, ...more: string[]) => [
  ...['generate', '--prompt', prompt, '--out', join(home, name), ...quick, ...more],
];

/** Where a render is cut: a phase that begins, or a step that is done. */
type Point = { phase: string; step?: number };
const points: Point[] = [
  { phase: 'loading' },
  { phase: 'encoding' },
  { phase: 'denoising', step: 1 },
  { phase: 'denoising', step: 4 },
  { phase: 'denoising', step: 7 },
  { phase: 'decoding' },
  { phase: 'decoding', step: 1 },
  { phase: 'finishing' },
];
const named = (point: Point) => `${point.phase}${point.step === undefined ? '' : ` step ${point.step}`}`;
const reached = (event: CommandEvent, { phase, step }: Point) =>
  step === undefined
    ? event.type === 'phase' && event.phase === phase
    : event.type === 'step' && event.phase === phase && event.step === step;

/** Starts a render and cuts it, once, at a point. Its workers are looked up early, so that the cut itself is quick. */
function cutAt(point: Point, args: string[], act: (run: Running, workers: number[]) => void): Promise<Cut> {
  let workers: Promise<number[]> | undefined;
  let cut: Promise<number[]> | undefined;
  const run = startCli(args, {
    home,
    onEvent(event, running) {
      if (event.type === 'phase' && event.phase === 'loading') workers ??= workersOf(running.pid);
      if (cut !== undefined || workers === undefined || !reached(event, point)) return;
      cut = workers.then((pids) => {
        act(running, pids);
        return pids;
      });
    },
  });
  return run.ended.then(async (ended) => ({ ended, workers: (await cut) ?? [] }));
}

interface Cut {
  ended: Ended;
  workers: number[];
}

/** A process that is gone already needs no signal. */
function send(signal: NodeJS.Signals, ...pids: number[]): void {
  for (const pid of pids) if (isAlive(pid)) process.kill(pid, signal);
}

async function expectWhole(name: string): Promise<void> {
  expect((await readClip(join(home, name))).pixels).toBe(whole);
}

describe('a worker that is killed', { timeout: 120_000 }, () => {
  it.each(points)('at $phase $step is replaced, and the clip is the same', async (point) => {
    const name = `worker-${named(point).replaceAll(' ', '-')}.mp4`;
    const { ended, workers } = await cutAt(point, generate(name), (_, pids) => send('SIGKILL', ...pids));
    expect(ended.last).toMatchObject({ type: 'done' });
    expect(workers).toHaveLength(1);
    await expectWhole(name);
    // Finishing is short: the worker may have been done before it could be killed.
    if (point.phase === 'finishing') return;
    expect(ended.events.some((event) => event.type === 'warning' && event.cause === 'killed')).toBe(true);
  });
});

describe('a studio that is killed', { timeout: 120_000 }, () => {
  it.each(points)('at $phase $step leaves no process, and its job can be resumed to the same clip', async (point) => {
    const name = `studio-${named(point).replaceAll(' ', '-')}.mp4`;
    const { ended, workers } = await cutAt(point, generate(name), (run) => run.kill('SIGKILL'));
    expect(workers).toHaveLength(1);
    await until('the worker ends with its parent', () => !workers.some(isAlive), 2000);
    if (ended.last?.type === 'done') return expectWhole(name);
    const resumed = await cli(['jobs', 'resume'], { home });
    expect(resumed.last).toMatchObject({ type: 'done', file: join(home, name) });
    await expectWhole(name);
  });

  it('together with its worker goes on when the same command is given again', async () => {
    await cutAt({ phase: 'denoising', step: 6 }, generate('both.mp4'), (run, pids) =>
      send('SIGKILL', run.pid, ...pids),
    );
    const again = await cli(generate('both.mp4'), { home });
    expect(again.events.some((event) => event.type === 'phase' && /steps are safe/.test(event.sentence))).toBe(true);
    expect(again.events.some((event) => event.type === 'step' && event.phase === 'denoising' && event.step <= 5)).toBe(
      false,
    );
    await expectWhole('both.mp4');
  });
});

describe('a render that is cancelled', { timeout: 120_000 }, () => {
  it.skipIf(process.platform === 'win32')('by Ctrl-C ends with 130 within a step and can be resumed', async () => {
    const { ended } = await cutAt({ phase: 'denoising', step: 3 }, generate('cancelled.mp4'), (run) =>
      run.kill('SIGINT'),
    );
    const { code, events, last } = ended;
    expect(code).toBe(130);
    const sentence = expect.stringMatching(/steps are safe. Go on with/);
    expect(last).toMatchObject({ type: 'error', cause: 'cancelled', sentence });
    expect(events.filter((event) => event.type === 'step').length).toBeLessThanOrEqual(5);
    const resumed = await cli(['jobs', 'resume', last?.type === 'error' ? (last.job ?? '') : ''], { home });
    expect(resumed.last).toMatchObject({ type: 'done' });
    await expectWhole('cancelled.mp4');
  });

  it('from another process stops, and a second cancel gives up what was kept', async () => {
    let cancelled: Promise<unknown> = Promise.resolve();
    const long = generate('elsewhere.mp4', '--steps', '200');
    const { ended } = await cutAt({ phase: 'denoising', step: 2 }, long, () => {
      cancelled = cli(['jobs'], { home }).then(async ({ text }) => {
        const { jobs } = JSON.parse(text) as { jobs: { id: string }[] };
        return cli(['jobs', 'cancel', jobs[0]?.id ?? ''], { home });
      });
    });
    await cancelled;
    expect(ended.code).toBe(130);
    const id = ended.last?.type === 'error' ? (ended.last.job ?? '') : '';
    expect(JSON.parse((await cli(['jobs', 'cancel', id], { home })).text)).toEqual({ job: id, answer: 'cancelled' });
    expect((await cli(['jobs', 'cancel', 'nothing'], { home })).code).toBe(2);
  });
});

describe('a worker that stands still', { timeout: 120_000 }, () => {
  it.skipIf(process.platform === 'win32')('is noticed within 10 s and replaced, and the clip is the same', async () => {
    let stopped = 0;
    const { ended } = await cutAt({ phase: 'denoising', step: 3 }, generate('stopped.mp4'), (_, pids) => {
      send('SIGSTOP', ...pids);
      stopped = performance.now();
    });
    const noticed = ended.at.find(({ event }) => event.type === 'warning' && event.cause === 'hang')?.ms ?? Number.NaN;
    expect(noticed - stopped).toBeLessThan(10_000);
    expect(ended.last).toMatchObject({ type: 'done' });
    await expectWhole('stopped.mp4');
  });
});

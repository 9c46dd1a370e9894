import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CommandEvent } from '../contract/command.ts';
import { cli, isAlive, quick, type Running, startCli, until, workersOf } from './cli.ts';
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

/** Does something once, when the render comes to a point. */
function once(point: Point, act: (run: Running) => void) {
  let done = false;
  return (event: CommandEvent, run: Running) => {
    if (done || !reached(event, point)) return;
    done = true;
    act(run);
  };
}

async function expectWhole(name: string): Promise<void> {
  expect((await readClip(join(home, name))).pixels).toBe(whole);
}

describe('a worker that is killed', { timeout: 120_000 }, () => {
  it.each(points)('at $phase $step is replaced, and the clip is the same', async (point) => {
    const name = `worker-${named(point).replaceAll(' ', '-')}.mp4`;
    const killed: number[] = [];
    const run = startCli(generate(name), {
      home,
      onEvent: once(point, (cut) => {
        void workersOf(cut.pid).then((pids) => {
          for (const pid of pids) process.kill(pid, 'SIGKILL');
          killed.push(...pids);
        });
      }),
    });
    const { last, events } = await run.ended;
    expect(last).toMatchObject({ type: 'done' });
    await expectWhole(name);
    // The last phases are short: the worker may have been done before it could be killed.
    if (killed.length > 0 && point.phase !== 'finishing') {
      expect(events.some((event) => event.type === 'warning' && event.cause === 'killed')).toBe(true);
    }
  });
});

describe('a studio that is killed', { timeout: 120_000 }, () => {
  it.each(points)('at $phase $step leaves no process, and its job can be resumed to the same clip', async (point) => {
    const name = `studio-${named(point).replaceAll(' ', '-')}.mp4`;
    let workers: Promise<number[]> = Promise.resolve([]);
    const run = startCli(generate(name), {
      home,
      onEvent: once(point, (cut) => {
        workers = workersOf(cut.pid).then((pids) => {
          cut.kill('SIGKILL');
          return pids;
        });
      }),
    });
    const ended = await run.ended;
    const pids = await workers;
    await until('the worker ends with its parent', () => !pids.some(isAlive), 2000);
    if (ended.last?.type === 'done') return expectWhole(name);
    const resumed = await cli(['jobs', 'resume'], { home });
    expect(resumed.last).toMatchObject({ type: 'done', file: join(home, name) });
    await expectWhole(name);
  });

  it('together with its worker goes on when the same command is given again', async () => {
    const run = startCli(generate('both.mp4'), {
      home,
      onEvent: once({ phase: 'denoising', step: 6 }, (cut) => {
        void workersOf(cut.pid).then((pids) => {
          for (const pid of [cut.pid, ...pids]) process.kill(pid, 'SIGKILL');
        });
      }),
    });
    await run.ended;
    const again = await cli(generate('both.mp4'), { home });
    expect(again.events.some((event) => event.type === 'phase' && /steps are safe/.test(event.sentence))).toBe(true);
    const first = again.events.find((event) => event.type === 'step');
    expect(first?.type === 'step' && first.step).toBeGreaterThan(1);
    await expectWhole('both.mp4');
  });
});

describe('a render that is cancelled', { timeout: 120_000 }, () => {
  it.skipIf(process.platform === 'win32')('by Ctrl-C ends with 130 within a step and can be resumed', async () => {
    const run = startCli(generate('cancelled.mp4'), {
      home,
      onEvent: once({ phase: 'denoising', step: 3 }, (cut) => cut.kill('SIGINT')),
    });
    const { code, events, last } = await run.ended;
    expect(code).toBe(130);
    expect(last).toMatchObject({
      type: 'error',
      cause: 'cancelled',
      sentence: expect.stringMatching(/steps are safe. Go on with/),
    });
    const steps = events.filter((event) => event.type === 'step');
    expect(steps.length).toBeLessThanOrEqual(5);
    const resumed = await cli(['jobs', 'resume', last?.type === 'error' ? (last.job ?? '') : ''], { home });
    expect(resumed.last).toMatchObject({ type: 'done' });
    await expectWhole('cancelled.mp4');
  });

  it('from another process stops, and a second cancel gives up what was kept', async () => {
    let cancelled: Promise<unknown> = Promise.resolve();
    const run = startCli(generate('elsewhere.mp4', '--steps', '200'), {
      home,
      onEvent: once({ phase: 'denoising', step: 2 }, () => {
        cancelled = cli(['jobs'], { home }).then(async ({ text }) => {
          const { jobs } = JSON.parse(text) as { jobs: { id: string }[] };
          return cli(['jobs', 'cancel', jobs[0]?.id ?? ''], { home });
        });
      }),
    });
    const { code, last } = await run.ended;
    await cancelled;
    expect(code).toBe(130);
    const id = last?.type === 'error' ? (last.job ?? '') : '';
    expect(JSON.parse((await cli(['jobs', 'cancel', id], { home })).text)).toEqual({ job: id, answer: 'cancelled' });
    expect((await cli(['jobs', 'cancel', 'nothing'], { home })).code).toBe(2);
  });
});

describe('a worker that stands still', { timeout: 120_000 }, () => {
  it.skipIf(process.platform === 'win32')('is noticed within 10 s and replaced, and the clip is the same', async () => {
    let stopped = 0;
    let noticed = 0;
    const stop = once({ phase: 'denoising', step: 3 }, (cut) => {
      void workersOf(cut.pid).then((pids) => {
        for (const pid of pids) process.kill(pid, 'SIGSTOP');
        stopped = performance.now();
      });
    });
    const run = startCli(generate('stopped.mp4'), {
      home,
      onEvent(event, cut) {
        if (event.type === 'warning' && event.cause === 'hang') noticed = performance.now();
        stop(event, cut);
      },
    });
    expect((await run.ended).last).toMatchObject({ type: 'done' });
    expect(noticed - stopped).toBeGreaterThan(0);
    expect(noticed - stopped).toBeLessThan(10_000);
    await expectWhole('stopped.mp4');
  });
});

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { CommandEvent } from '../contract/command.ts';
import { cli, type Ended, isAlive, quick, type Running, type RunOptions, startCli, workersOf } from './cli.ts';
import { readClip } from './clip.ts';

/** Where a render is cut: a phase that begins, or a step that is done. */
export type Point = { phase: string; step?: number };
/** In the order in which a render comes to them. */
export const points: readonly Point[] = [
  { phase: 'loading' },
  { phase: 'encoding' },
  { phase: 'denoising', step: 1 },
  { phase: 'denoising', step: 4 },
  { phase: 'denoising', step: 7 },
  { phase: 'decoding' },
  { phase: 'decoding', step: 1 },
  { phase: 'finishing' },
];

const reached = (event: CommandEvent, { phase, step }: Point) =>
  step === undefined
    ? event.type === 'phase' && event.phase === phase
    : event.type === 'step' && event.phase === phase && event.step === step;

export interface Cut {
  ended: Ended;
  /** Where it was cut, and the workers that there were. What was kept of an earlier life may lie beyond a point. */
  cuts: { at: Point; workers: number[] }[];
}

/** One clip, rendered whole once, and then again and again with something going wrong. */
export class RenderToCut {
  readonly home: string;
  readonly #pixels: string;

  private constructor(home: string, pixels: string) {
    this.home = home;
    this.#pixels = pixels;
  }

  static async make(): Promise<RenderToCut> {
    const home = await mkdtemp(join(tmpdir(), 'reelwright-cut-'));
    const whole = join(home, 'whole.mp4');
    const run = await cli(command(whole), { home });
    expect(run.last).toMatchObject({ type: 'done' });
    return new RenderToCut(home, (await readClip(whole)).pixels);
  }

  remove(): Promise<void> {
    return rm(this.home, { recursive: true, force: true, maxRetries: 5 });
  }

  command(name: string, ...more: string[]): string[] {
    return [...command(join(this.home, name)), ...more];
  }

  async expectWhole(name: string): Promise<void> {
    expect((await readClip(join(this.home, name))).pixels).toBe(this.#pixels);
  }

  /**
   * Starts a render and cuts it, once at each of the points. Its workers are looked up early, so that the cut itself is
   * quick. After it what was still said does not count: the next point is waited for in the next worker.
   */
  async cutAt(
    points: readonly Point[],
    args: string[],
    act: (run: Running, workers: number[], at: Point) => void,
    options: Pick<RunOptions, 'entry'> = {},
  ): Promise<Cut> {
    // A prompt that was read before would not be read again.
    await rm(join(this.home, 'cache'), { recursive: true, force: true });
    let ahead = points;
    const cuts: Promise<Cut['cuts'][number]>[] = [];
    let workers: Promise<number[]> | undefined;
    const run = startCli(args, {
      ...options,
      home: this.home,
      onEvent(event, running) {
        if (event.type === 'phase' && event.phase === 'loading') workers = workersOf(running.pid);
        const at = ahead.find((point) => reached(event, point));
        if (at === undefined || workers === undefined) return;
        ahead = ahead.slice(ahead.indexOf(at) + 1);
        const cut = workers.then((pids) => {
          act(running, pids, at);
          return { at, workers: pids };
        });
        cuts.push(cut);
        workers = undefined;
      },
    });
    const ended = await run.ended;
    return { ended, cuts: await Promise.all(cuts) };
  }
}

const command = (out: string) => [
  ...['generate', '--prompt', 'a blue boat moving left on the sea at night', '--out', out],
  ...quick,
];

/** A process that is gone already needs no signal. */
export function send(signal: NodeJS.Signals, ...pids: number[]): void {
  for (const pid of pids) if (isAlive(pid)) process.kill(pid, signal);
}

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attentive } from './cli.ts';
import { fileOf, points, RenderToCut, send } from './cut.ts';

let render: RenderToCut;
beforeAll(async () => {
  render = await RenderToCut.make();
}, 120_000);
afterAll(() => render.remove());

describe('a worker that is killed', { timeout: 120_000 }, () => {
  it.each(points)('at $phase $step is replaced, and the clip is the same', async (point) => {
    const name = fileOf(point);
    const { ended, workers } = await render.cutAt(point, render.command(name), (_, pids) => send('SIGKILL', ...pids));
    expect(ended.last).toMatchObject({ type: 'done' });
    expect(workers).toHaveLength(1);
    await render.expectWhole(name);
    // Finishing is short: the worker may have been done before it could be killed.
    if (point.phase === 'finishing') return;
    expect(ended.events.some((event) => event.type === 'failure' && event.cause === 'killed')).toBe(true);
  });
});

describe('a worker that stands still', { timeout: 120_000 }, () => {
  it.skipIf(process.platform === 'win32')('is noticed within 10 s and replaced, and the clip is the same', async () => {
    let stopped = 0;
    const stop = (_: unknown, pids: number[]) => {
      send('SIGSTOP', ...pids);
      stopped = performance.now();
    };
    const { entry } = attentive;
    const at = { phase: 'denoising', step: 3 };
    const { ended } = await render.cutAt(at, render.command('stopped.mp4'), stop, { entry });
    const noticed = ended.at.find(({ event }) => event.type === 'failure' && event.cause === 'hang')?.ms ?? Number.NaN;
    expect(noticed - stopped).toBeLessThan(10_000);
    expect(ended.last).toMatchObject({ type: 'done' });
    await render.expectWhole('stopped.mp4');
  });
});

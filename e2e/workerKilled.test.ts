import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CommandEvent } from '../contract/command.ts';
import { attentive, type Running } from './cli.ts';
import { type Point, points, RenderToCut, send } from './cut.ts';

let render: RenderToCut;
beforeAll(async () => {
  render = await RenderToCut.make();
}, 120_000);
afterAll(() => render.remove());

const failuresIn = (events: readonly CommandEvent[]) =>
  events.flatMap((event) => (event.type === 'failure' ? [event.failure] : []));

/**
 * Twice in one phase with the same in hand is a plan that does not do: another is taken, which may round otherwise. A kill
 * may come a moment late, so what is next to each other is of different lives.
 */
const [loading, encoding, first, fourth, seventh, decoding, inDecode, finishing] = points;
const lives = [
  [loading, first, decoding, finishing].flatMap((at) => at ?? []),
  [encoding, seventh].flatMap((at) => at ?? []),
];
const elsewhere = [fourth, inDecode].flatMap((at) => at ?? []);

describe('a worker that is killed', { timeout: 480_000 }, () => {
  it.each(lives)(
    'at each of these points of a render is replaced, and the clip is the same: %j, %j',
    async (...life) => {
      let ahead: readonly Point[] = life;
      for (let clip = 1; ahead.length > 0; clip += 1) {
        const name = `killed-${life[0]?.phase}-${clip}.mp4`;
        const kill = (_: Running, pids: number[]) => send('SIGKILL', ...pids);
        const { ended, cuts } = await render.cutAt(ahead, render.command(name), kill);
        expect(ended.last).toMatchObject({ type: 'done' });
        expect(cuts).toMatchObject(cuts.map(() => ({ workers: [expect.any(Number)] })));
        expect(new Set(cuts.flatMap(({ workers }) => workers)).size).toBe(cuts.length);
        // Finishing is short: the worker may have been done before it could be killed.
        const long = cuts.filter(({ at }) => at.phase !== 'finishing');
        const killed = failuresIn(ended.events).filter(({ cause }) => cause === 'killed');
        expect(killed.length).toBeGreaterThanOrEqual(long.length);
        await render.expectWhole(name);
        expect(cuts).not.toEqual([]);
        // What was kept of a life may lie beyond a point, which then is one of the next clip.
        ahead = ahead.filter((point) => !cuts.some(({ at }) => at === point));
      }
    },
  );
});

describe('a worker that stands still', { timeout: 240_000 }, () => {
  it.skipIf(process.platform === 'win32')(
    'is noticed within 10 s and replaced, its successor is killed and replaced, and the clip is the same',
    async () => {
      let stopped = 0;
      const cut = (_: Running, pids: number[], { phase }: Point) => {
        send(phase === 'denoising' ? 'SIGSTOP' : 'SIGKILL', ...pids);
        stopped ||= performance.now();
      };
      const { entry } = attentive;
      const { ended, cuts } = await render.cutAt(elsewhere, render.command('stopped.mp4'), cut, { entry });
      expect(ended.last).toMatchObject({ type: 'done' });
      expect(cuts.map(({ at }) => at)).toEqual(elsewhere);
      const noticed = ended.at.find(({ event }) => event.type === 'failure')?.ms ?? Number.NaN;
      expect(noticed - stopped).toBeLessThan(10_000);
      expect(failuresIn(ended.events)).toMatchObject([
        { cause: 'hang', phase: 'denoising', detail: expect.stringMatching(/sign of life/) },
        { cause: 'killed', phase: 'decoding' },
      ]);
      await render.expectWhole('stopped.mp4');
    },
  );
});

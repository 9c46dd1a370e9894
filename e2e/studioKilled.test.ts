import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CommandEvent } from '../contract/command.ts';
import type { Job } from '../contract/job.ts';
import { cli, isAlive, type Running, startCli, until } from './cli.ts';
import { points, RenderToCut, send } from './cut.ts';

/** At seeded moments it is killed in `faults`. */
const inEveryPhase = points.filter(({ phase, step }) => step === { denoising: 4, decoding: 1 }[phase]);

/** The steps of the denoiser that were made. */
const stepsOf = (events: CommandEvent[]) =>
  events.flatMap((event) => (event.type === 'step' && event.phase === 'denoising' ? [event.step] : []));

/** How many of them it says that it goes on from. */
function safeOf(events: CommandEvent[]): number {
  const said = events.flatMap((event) => (event.type === 'phase' ? [event.sentence] : []));
  const [, words] = said.map((sentence) => /first (step is|\d+ steps are) safe/.exec(sentence)).find(Boolean) ?? [];
  return words === 'step is' ? 1 : Number.parseInt(words ?? '', 10);
}

let render: RenderToCut;
beforeAll(async () => {
  render = await RenderToCut.make();
}, 120_000);
afterAll(() => render.remove());

describe('a studio that is killed', { timeout: 480_000 }, () => {
  it('in every phase of a render leaves no process, and its job can be resumed each time, to the same clip', async () => {
    const resume = ['jobs', 'resume'];
    let name = 'killed.mp4';
    let begun = false;
    for (const point of inEveryPhase) {
      // What was kept may lie beyond the point: then it is one of the next clip.
      for (let hit = false; !hit; ) {
        const args = begun ? resume : render.command(name);
        const { ended, cuts } = await render.cutAt([point], args, (run) => run.kill('SIGKILL'));
        for (const { workers } of cuts) {
          hit = true;
          expect(workers, JSON.stringify(point)).toHaveLength(1);
          await until('the worker ends with its parent', () => !workers.some(isAlive), 2000);
        }
        begun = ended.last?.type !== 'done';
        if (begun) continue;
        await render.expectWhole(name);
        name = `again-${name}`;
      }
    }
    if (!begun) return;
    const { last } = await cli(resume, { home: render.home });
    expect(last).toMatchObject({ type: 'done', file: join(render.home, name) });
    await render.expectWhole(name);
  });

  it('together with its worker goes on when the same command is given again', async () => {
    await render.cutAt([{ phase: 'denoising', step: 6 }], render.command('both.mp4'), (run, pids) =>
      send('SIGKILL', run.pid, ...pids),
    );
    const again = await cli(render.command('both.mp4'), { home: render.home });
    const safe = safeOf(again.events);
    // Of six that were made at most five are made again.
    expect(safe).toBeGreaterThanOrEqual(1);
    expect(stepsOf(again.events)[0]).toBe(safe + 1);
    await render.expectWhole('both.mp4');
  });
});

describe('a render that is cancelled', { timeout: 120_000 }, () => {
  it.skipIf(process.platform === 'win32')('by Ctrl-C ends with 130 between two steps and can be resumed', async () => {
    const long = render.command('cancelled.mp4', '--steps', '40');
    const { ended } = await render.cutAt([{ phase: 'denoising', step: 2 }], long, (run) => run.kill('SIGINT'));
    const { code, events, last } = ended;
    expect(code).toBe(130);
    const sentence = expect.stringMatching(/(step is|steps are) safe. Go on with/);
    expect(last).toMatchObject({ type: 'error', cause: 'cancelled', sentence });
    // Steps are so short here that many are made before anybody has heard of the second one.
    const made = stepsOf(events);
    expect(made.length).toBeLessThan(30);
    // A step of a large model takes minutes: that it was heard is said at once.
    const heard = events.filter((event) => event.type === 'warning' && event.cause === 'stopping');
    expect(heard).toMatchObject([{ sentence: 'Stopping at the next step. What is done is kept.' }]);
    const resumed = await cli(['jobs', 'resume', last?.type === 'error' ? (last.job ?? '') : ''], {
      home: render.home,
    });
    expect(safeOf(resumed.events)).toBe(made.at(-1));
    expect(stepsOf(resumed.events)[0]).toBe(made.length + 1);
    expect(resumed.last).toMatchObject({ type: 'done' });
  });

  it('from another process stops, and a second cancel gives up what was kept', async () => {
    let cancelled: Promise<unknown> = Promise.resolve();
    const long = render.command('elsewhere.mp4', '--steps', '200');
    const { ended } = await render.cutAt([{ phase: 'denoising', step: 2 }], long, () => {
      cancelled = cli(['jobs'], { home: render.home }).then(async ({ text }) => {
        const { jobs } = JSON.parse(text) as { jobs: { id: string }[] };
        return cli(['jobs', 'cancel', jobs[0]?.id ?? ''], { home: render.home });
      });
    });
    await cancelled;
    expect(ended.code).toBe(130);
    const id = ended.last?.type === 'error' ? (ended.last.job ?? '') : '';
    expect(JSON.parse((await cli(['jobs', 'cancel', id], { home: render.home })).text)).toEqual({
      job: id,
      answer: 'cancelled',
    });
    expect((await cli(['jobs', 'cancel', 'nothing'], { home: render.home })).code).toBe(2);
  });

  it('after everything was killed leaves nothing behind, beside its destination either', async () => {
    const point = { phase: 'decoding', step: 1 };
    const kill = (run: Running, pids: number[]) => send('SIGKILL', run.pid, ...pids);
    const { ended } = await render.cutAt([point], render.command('given-up.mp4', '--steps', '3'), kill);
    expect(ended.last?.type).toBe('step');
    const { jobs } = JSON.parse((await cli(['jobs'], { home: render.home })).text) as { jobs: Job[] };
    expect(jobs[0]?.state.kind).toBe('paused');
    const cancelled = await cli(['jobs', 'cancel', jobs[0]?.id ?? ''], { home: render.home });
    expect(JSON.parse(cancelled.text)).toMatchObject({ answer: 'cancelled' });
    expect((await readdir(render.home)).filter((name) => name.startsWith('.'))).toEqual([]);
    expect(await readdir(join(render.home, 'jobs'))).not.toContain(jobs[0]?.id);
  });

  it.skipIf(process.platform === 'win32')('during the set-up ends with 130 and one sentence', async () => {
    const run = startCli(render.command('never.mp4'), {
      home: render.home,
      env: { REELWRIGHT_ENVIRONMENT: join(render.home, 'another-environment') },
      onEvent: (event, running) => {
        if (event.type === 'phase' && event.phase === 'setup') running.kill('SIGINT');
      },
    });
    const { code, last } = await run.ended;
    expect(last).toMatchObject({
      type: 'error',
      cause: 'cancelled',
      sentence: expect.stringMatching(/during the set-up/),
    });
    expect(code).toBe(130);
  });
});

describe('a render whose listener goes away', { timeout: 120_000 }, () => {
  it('goes on to its clip', async () => {
    const run = startCli(render.command('unheard.mp4'), {
      home: render.home,
      onEvent: (event, running) => {
        if (event.type === 'phase' && event.phase === 'denoising') running.stopListening();
      },
    });
    expect((await run.ended).code).toBe(0);
    await render.expectWhole('unheard.mp4');
  });
});

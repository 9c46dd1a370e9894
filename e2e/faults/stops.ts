import { setTimeout as sleep } from 'node:timers/promises';
import type { Phase } from '../../contract/render.ts';
import { attentive, workersNow } from '../cli.ts';
import { send } from '../cut.ts';
import type { Stage } from './stage.ts';

/** What stands still: the worker for good; the studio, or it and its worker as in a machine that sleeps, for a while. */
export const sleepers = ['worker', 'studio', 'machine'] as const;

export interface Stop {
  who: (typeof sleepers)[number];
  phase: Phase;
}

export interface Awakening {
  stop: Stop;
  /** Until a worker that stands still was taken for one, in milliseconds. */
  noticedMs: number | null;
  wrong: string[];
}

/** Longer than a worker may be silent here. */
const asleepMs = attentive.silenceMs + 2000;
const soonMs = attentive.silenceMs + 4000;

export async function surviveStop(stage: Stage, name: string, stop: Stop): Promise<Awakening> {
  const run = stage.begin(name, { entry: attentive.entry });
  await run.until((heard) => heard.some((event) => event.type === 'phase' && event.phase === stop.phase));
  const workers = workersNow(run.pid);
  const stopped = performance.now();
  if (stop.who === 'worker') {
    send('SIGSTOP', ...workers);
  } else {
    const asleep = stop.who === 'studio' ? [run.pid] : [run.pid, ...workers];
    send('SIGSTOP', ...asleep);
    await sleep(asleepMs);
    send('SIGCONT', ...asleep);
  }
  const { at, last } = await run.ended;
  const noticed = at.find(({ event }) => 'cause' in event && event.cause === 'hang');
  const noticedMs = noticed === undefined ? null : noticed.ms - stopped;
  const wrong = last?.type === 'done' ? [] : [`it ended with ${JSON.stringify(last)}`];
  // Just before its end a worker may have said all that it had to say.
  if (stop.who === 'worker' && (noticedMs ?? soonMs) >= soonMs)
    wrong.push('that it stood still was not noticed in time');
  if (stop.who !== 'worker' && noticed !== undefined) wrong.push('a sleep was taken for a hang');
  wrong.push(...(await stage.wrong([name])));
  return { stop, noticedMs, wrong };
}

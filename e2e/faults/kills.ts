import { setTimeout as sleep } from 'node:timers/promises';
import { chance } from '../../electron/studio/chance.fixture.ts';
import { workersNow } from '../cli.ts';
import { send } from '../cut.ts';
import type { Begun, Stage } from './stage.ts';

export const victims = ['worker', 'studio', 'both'] as const;

/** Who is killed, and when: a share of the victim's life. */
export interface Moment {
  victim: (typeof victims)[number];
  at: number;
}

/** Each of the victims in turn. */
export function moments(seed: number, count: number): Moment[] {
  const { next } = chance(seed);
  return Array.from({ length: count }, (_, index) => ({
    victim: victims[index % victims.length] ?? 'both',
    at: next(),
  }));
}

/** What came of one. Nothing in `wrong`: the clip is there, and nothing else is. */
export interface Survival {
  moment: Moment;
  /** What the studio had last said. */
  during: string;
  wrong: string[];
}

/** Renders, kills at a moment, and brings it to its end, once for each moment. */
export async function surviveKills(
  stage: Stage,
  all: readonly Moment[],
  told: (one: Survival, number: number) => void = () => {},
): Promise<Survival[]> {
  const survivals: Survival[] = [];
  for (const [index, moment] of all.entries()) {
    const survival = await survive(stage, `killed-${index}`, moment);
    survivals.push(survival);
    told(survival, index + 1);
  }
  return survivals;
}

async function survive(stage: Stage, name: string, moment: Moment, haste = 1): Promise<Survival> {
  const run = stage.begin(name);
  const during = await strike(stage, run, moment, haste);
  const ended = await run.ended;
  // Over too early: once more, and earlier.
  if (during === null) return survive(stage, `${name}-again`, moment, haste / 2);
  const wrong: string[] = [];
  // Whoever was killed in its last moment has left SQLite's journals to the next start.
  if (ended.last?.type !== 'done' || moment.victim !== 'worker') {
    const last = (await stage.finish(name))?.last;
    if (last !== undefined && last.type !== 'done') wrong.push(`it ended with ${JSON.stringify(last)}`);
  }
  wrong.push(...(await stage.wrong([name])));
  return { moment, during, wrong };
}

/**
 * Kills at the share of the life that the undisturbed render had: after the same words of the studio, and as long after
 * them. What was said last; null when the render was over by then.
 */
async function strike(stage: Stage, run: Begun, { victim, at }: Moment, haste: number): Promise<string | null> {
  const { wholeMs, saidMs, workerMs } = stage.life;
  const birthMs = victim === 'worker' ? workerMs : 0;
  const momentMs = birthMs + at * (wholeMs - birthMs);
  const words = saidMs.filter((ms) => ms <= momentMs);
  const over = run.ended.then(() => 'over' as const);
  if ((await Promise.race([over, run.until((heard) => heard.length >= words.length)])) === 'over') return null;
  if ((await Promise.race([over, sleep((momentMs - (words.at(-1) ?? 0)) * haste)])) === 'over') return null;
  let workers = workersNow(run.pid);
  while (victim === 'worker' && workers.length === 0) {
    if ((await Promise.race([over, sleep(10)])) === 'over') return null;
    workers = workersNow(run.pid);
  }
  send('SIGKILL', ...(victim === 'worker' ? workers : victim === 'studio' ? [run.pid] : [run.pid, ...workers]));
  return run.doing();
}

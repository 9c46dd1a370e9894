import type { EngineState } from '../../../contract/engine.ts';
import type { QueueState } from '../../../contract/events.ts';
import { isRunning, type Job } from '../../../contract/job.ts';

/** What the stage of Create shows. */
export type Stage =
  | { kind: 'empty' }
  | { kind: 'rendering'; job: Job }
  /** It failed, and something is done about it, or can be. */
  | { kind: 'failed'; job: Job }
  /** Paused or cancelled: it stands still and can go on. */
  | { kind: 'stopped'; job: Job }
  /** It waits, and nothing stands against it. */
  | { kind: 'next'; job: Job }
  /** It waits because the queue is paused. */
  | { kind: 'held'; job: Job }
  /** There is no engine yet, or there can be none. */
  | { kind: 'engine'; job: Job | null }
  | { kind: 'done'; job: Job };

export interface Seen {
  engine: EngineState;
  queue: QueueState;
  jobs: readonly Job[];
  lastDone: Job | null;
  /** The job that this page followed last. */
  followed: string | null;
}

const standsStill = ({ state }: Job): boolean =>
  state.kind === 'failed' || state.kind === 'cancelled' || (state.kind === 'paused' && state.reason === 'asked');

export function stageOf({ engine, queue, jobs, lastDone, followed }: Seen): Stage {
  const running = jobs.find(({ state }) => isRunning(state));
  if (running) return { kind: running.state.kind === 'recovering' ? 'failed' : 'rendering', job: running };

  const mine = jobs.find(({ id }) => id === followed);
  if (mine && standsStill(mine)) return { kind: mine.state.kind === 'failed' ? 'failed' : 'stopped', job: mine };
  if (lastDone && lastDone.id === followed) return { kind: 'done', job: lastDone };

  const waiting = jobs.find((job) => !standsStill(job)) ?? null;
  if (engine.kind === 'impossible' || engine.kind === 'setting-up') return { kind: 'engine', job: waiting };
  if (waiting) {
    if (queue.paused) return { kind: 'held', job: waiting };
    return engine.kind === 'starting' ? { kind: 'engine', job: waiting } : { kind: 'next', job: waiting };
  }

  const failed = jobs.filter(({ state }) => state.kind === 'failed').sort((a, b) => b.updatedAt - a.updatedAt)[0];
  if (failed && !lastDone) return { kind: 'failed', job: failed };
  return lastDone ? { kind: 'done', job: lastDone } : { kind: 'empty' };
}

import { isRunning, type Job } from '../../../contract/job.ts';
import { needsChange, offerOf } from '../recovery/offer.ts';

/** The queue as it is read: what runs, what waits for its turn, what needs the user. */
export interface Groups {
  readonly running: readonly Job[];
  readonly waiting: readonly Job[];
  readonly stopped: readonly Job[];
}

const isStopped = (job: Job) => job.state.kind === 'failed' || job.state.kind === 'cancelled';

/** Jobs by group, each in the order of the queue. `jobs` are sorted by their position. */
export function grouped(jobs: readonly Job[]): Groups {
  return {
    running: jobs.filter(({ state }) => isRunning(state)),
    waiting: jobs.filter((job) => job.state.kind === 'queued' || job.state.kind === 'paused'),
    stopped: jobs.filter(isStopped),
  };
}

/** Those that failed and may go another way when they are tried again as they are. */
export const worthTrying = (stopped: readonly Job[]): readonly Job[] =>
  stopped.filter(
    ({ state }) => state.kind === 'failed' && (offerOf(state)?.kind === 'waits' || !needsChange(state.failure)),
  );

/** The order after `id` was put to a place. */
export function putTo(order: readonly string[], id: string, place: number): string[] {
  const rest = order.filter((other) => other !== id);
  const to = Math.max(0, Math.min(rest.length, place));
  return [...rest.slice(0, to), id, ...rest.slice(to)];
}

/** What `queue.move` is told for a new order of those that wait: the one that `id` now stands before. */
export function moveOf(order: readonly string[], id: string): { id: string; before: string | null } {
  return { id, before: order[order.indexOf(id) + 1] ?? null };
}

/**
 * Jobs in an order that was asked for and is not confirmed yet. Jobs that came meanwhile keep their place at the end;
 * those that went are left out.
 */
export function inOrder(jobs: readonly Job[], asked: readonly string[] | null): readonly Job[] {
  if (asked === null) return jobs;
  const place = new Map(asked.map((id, at) => [id, at]));
  const placeOf = (job: Job) => place.get(job.id) ?? asked.length;
  return [...jobs].sort((one, other) => placeOf(one) - placeOf(other));
}

/** Whether the studio's order has become the one that was asked for. */
export function isSettled(jobs: readonly Job[], asked: readonly string[]): boolean {
  const there = new Set(jobs.map((job) => job.id));
  const wanted = asked.filter((id) => there.has(id));
  const known = new Set(asked);
  return jobs.filter((job) => known.has(job.id)).every((job, at) => job.id === wanted[at]);
}

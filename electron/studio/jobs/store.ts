import { randomBytes } from 'node:crypto';
import { Job, type JobState, runningKinds } from '../../../contract/job.ts';
import type { PhaseSeconds } from '../../../contract/render.ts';
import type { Store } from '../storage/database.ts';

export type NewJob = Omit<Job, 'id' | 'createdAt' | 'updatedAt' | 'state'>;

/** The rows of the queue. Every change is one transaction, so a power cut leaves the row before or the row after. */
export class JobStore {
  readonly #store: Store;
  readonly #now: () => number;

  constructor(store: Store, now: () => number) {
    this.#store = store;
    this.#now = now;
  }

  add(job: NewJob): Job {
    const now = this.#now();
    const full: Job = { ...job, id: newId(now), createdAt: now, updatedAt: now, state: { kind: 'queued' } };
    this.#store
      .prepare(
        `INSERT INTO jobs (id, created_at, updated_at, model, settings, out, overwrite, request_key, state_kind, state)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      )
      .run(
        ...[full.id, now, now, full.model, JSON.stringify(full.settings), full.out],
        ...[full.overwrite ? 1 : 0, full.requestKey, full.state.kind, JSON.stringify(full.state)],
      );
    return full;
  }

  get(id: string): Job | null {
    return this.#rows('WHERE id = ?', [id])[0] ?? null;
  }

  /** Newest first. */
  list(limit = 1000): Job[] {
    return this.#rows('ORDER BY created_at DESC, id DESC LIMIT ?', [limit]);
  }

  /** The newest job that was asked for in just the same words. */
  latestOf(requestKey: string): Job | null {
    return this.#rows('WHERE request_key = ? ORDER BY created_at DESC, id DESC LIMIT 1', [requestKey])[0] ?? null;
  }

  /** What each phase took for the newest clip of the same model and shape. */
  phaseSecondsBefore(job: Job): PhaseSeconds | null {
    const same = this.#rows("WHERE state_kind = 'done' AND model = ? ORDER BY updated_at DESC LIMIT 20", [
      job.model,
    ]).find(
      ({ settings }) =>
        settings.width === job.settings.width &&
        settings.height === job.settings.height &&
        settings.frames === job.settings.frames,
    );
    return same?.state.kind === 'done' ? same.state.phaseSeconds : null;
  }

  setState(id: string, state: JobState): void {
    this.#store
      .prepare('UPDATE jobs SET state_kind = ?, state = ?, updated_at = ? WHERE id = ?')
      .run(state.kind, JSON.stringify(state), this.#now(), id);
  }

  setOverwrite(id: string, overwrite: boolean): void {
    this.#store.prepare('UPDATE jobs SET overwrite = ? WHERE id = ?').run(overwrite ? 1 : 0, id);
  }

  /** Asks whoever runs the job, in this process or another, to cancel it. */
  requestCancel(id: string): void {
    this.#store.prepare('UPDATE jobs SET cancel_requested = 1 WHERE id = ?').run(id);
  }

  cancelRequested(id: string): boolean {
    return this.#store.prepare('SELECT 1 FROM jobs WHERE id = ? AND cancel_requested = 1').get(id) !== undefined;
  }

  clearCancel(id: string): void {
    this.#store.prepare('UPDATE jobs SET cancel_requested = 0 WHERE id = ?').run(id);
  }

  /** To be called by who holds the engine: what still counts as running was cut off. */
  pauseInterrupted(): number {
    const state: JobState = { kind: 'paused', reason: 'interrupted', kept: { kind: 'nothing' } };
    const marks = runningKinds.map(() => '?').join(', ');
    return this.#store
      .prepare(`UPDATE jobs SET state_kind = ?, state = ?, updated_at = ? WHERE state_kind IN (${marks})`)
      .run(state.kind, JSON.stringify(state), this.#now(), ...runningKinds).changes;
  }

  #rows(clause: string, values: (string | number)[]): Job[] {
    return this.#store
      .prepare(`SELECT * FROM jobs ${clause}`)
      .all(...values)
      .flatMap((row) => parseRow(row as Record<string, unknown>));
  }
}

/** A row that a newer studio wrote in words this one does not know is left out rather than misread. */
function parseRow(row: Record<string, unknown>): Job[] {
  const parsed = Job.safeParse({
    id: row['id'],
    createdAt: row['created_at'],
    updatedAt: row['updated_at'],
    model: row['model'],
    settings: JSON.parse(String(row['settings'])),
    out: row['out'],
    overwrite: row['overwrite'] === 1,
    requestKey: row['request_key'],
    state: JSON.parse(String(row['state'])),
  });
  return parsed.success ? [parsed.data] : [];
}

/** Sorts by time, short enough to type: seconds in base 36, then chance. */
function newId(now: number): string {
  return Math.floor(now / 1000).toString(36) + randomBytes(2).toString('hex');
}

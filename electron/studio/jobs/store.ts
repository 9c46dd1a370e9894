import { randomBytes } from 'node:crypto';
import { Job, type JobState, runningKinds } from '../../../contract/job.ts';
import type { PhaseSeconds } from '../../../contract/render.ts';
import { Kept } from '../../../contract/worker.ts';
import type { Store } from '../storage/database.ts';

export type NewJob = Omit<Job, 'id' | 'createdAt' | 'updatedAt' | 'position' | 'state'>;

export type JobChange = { type: 'job'; job: Job } | { type: 'removed'; id: string };

/** The rows of the queue. Every change is one transaction, so a power cut leaves the row before or the row after. */
export class JobStore {
  readonly #store: Store;
  readonly #now: () => number;
  readonly #changed: (change: JobChange) => void;

  /** `changed` hears of every job that is added, moved, removed or enters another kind of state. */
  constructor(store: Store, now: () => number, changed: (change: JobChange) => void = () => {}) {
    this.#store = store;
    this.#now = now;
    this.#changed = changed;
  }

  add(job: NewJob): Job {
    const now = this.#now();
    const position = this.#lastPosition() + 1;
    const state: JobState = { kind: 'queued', kept: { kind: 'nothing' } };
    const full: Job = { ...job, id: newId(now), createdAt: now, updatedAt: now, position, state };
    this.#store
      .prepare(
        `INSERT INTO jobs
           (id, created_at, updated_at, position, picture, model, settings, out, overwrite, request_key, state_kind, state)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      )
      .run(
        ...[full.id, now, now, position, full.picture, full.model, JSON.stringify(full.settings), full.out],
        ...[full.overwrite ? 1 : 0, full.requestKey, full.state.kind, JSON.stringify(full.state)],
      );
    this.#changed({ type: 'job', job: full });
    return full;
  }

  /** Everything that is not done, in the order of the queue. */
  waiting(): Job[] {
    return this.#rows("WHERE state_kind <> 'done' ORDER BY position, id", []);
  }

  /** True while a job that is not done will write to this file. */
  isPromised(out: string): boolean {
    return this.#store.prepare("SELECT 1 FROM jobs WHERE out = ? AND state_kind <> 'done'").get(out) !== undefined;
  }

  /** Puts a job just before another one, or at the end. */
  move(id: string, before: string | null): void {
    if (before === id) return;
    const others = this.waiting().filter((job) => job.id !== id);
    const found = before === null ? -1 : others.findIndex((job) => job.id === before);
    const index = found < 0 ? others.length : found;
    const previous = others[index - 1]?.position;
    const next = others[index]?.position;
    // Halves of halves run out of digits after some fifty moves to one place: then all are counted anew.
    const between = next === undefined ? this.#lastPosition() + 1 : ((previous ?? next - 2) + next) / 2;
    const put = this.#store.prepare('UPDATE jobs SET position = ? WHERE id = ?');
    if (between !== previous && between !== next) {
      put.run(between, id);
      return this.#tell(id);
    }
    const ids = others.map((job) => job.id);
    ids.splice(index, 0, id);
    const count = this.#store.transaction(() => {
      for (const [place, each] of ids.entries()) put.run(place + 1, each);
    });
    count.immediate();
    for (const each of ids) this.#tell(each);
  }

  remove(id: string): void {
    this.#store.prepare('DELETE FROM jobs WHERE id = ?').run(id);
    this.#changed({ type: 'removed', id });
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
    const before = this.get(id)?.state.kind;
    this.#store
      .prepare('UPDATE jobs SET state_kind = ?, state = ?, updated_at = ? WHERE id = ?')
      .run(state.kind, JSON.stringify(state), this.#now(), id);
    if ('kept' in state) this.setKept(id, state.kept);
    if (before !== state.kind) this.#tell(id);
  }

  /** What is on disk of a job that is not done, whatever state it is in. */
  setKept(id: string, kept: Kept): void {
    this.#store.prepare('UPDATE jobs SET kept = ? WHERE id = ?').run(JSON.stringify(kept), id);
  }

  kept(id: string): Kept {
    const row: unknown = this.#store.prepare('SELECT kept FROM jobs WHERE id = ?').get(id);
    const text = (row as { kept: string | null } | undefined)?.kept ?? null;
    return Kept.safeParse(text === null ? null : JSON.parse(text)).data ?? { kind: 'nothing' };
  }

  /** Ids of the pictures that any job refers to. */
  pictures(): string[] {
    const rows: unknown[] = this.#store.prepare('SELECT DISTINCT picture FROM jobs WHERE picture IS NOT NULL').all();
    return rows.map((row) => (row as { picture: string }).picture);
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
    const marks = runningKinds.map(() => '?').join(', ');
    const cut = this.#rows(`WHERE state_kind IN (${marks})`, [...runningKinds]);
    for (const { id } of cut) this.setState(id, { kind: 'paused', reason: 'interrupted', kept: this.kept(id) });
    return cut.length;
  }

  #lastPosition(): number {
    const row: unknown = this.#store.prepare('SELECT max(position) AS last FROM jobs').get();
    return (row as { last: number | null }).last ?? 0;
  }

  #tell(id: string): void {
    const job = this.get(id);
    if (job !== null) this.#changed({ type: 'job', job });
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
    position: row['position'],
    picture: row['picture'],
    state: JSON.parse(String(row['state'])),
  });
  return parsed.success ? [parsed.data] : [];
}

/** Sorts by time, short enough to type: seconds in base 36, then chance. */
function newId(now: number): string {
  return Math.floor(now / 1000).toString(36) + randomBytes(2).toString('hex');
}

import { randomBytes } from 'node:crypto';
import { type Job, type JobState, runningKinds } from '../../../contract/job.ts';
import type { Attempt } from '../../../contract/recovery.ts';
import type { PhaseSeconds } from '../../../contract/render.ts';
import { Shortcut } from '../../../contract/shortcut.ts';
import { Kept } from '../../../contract/worker.ts';
import { lasting, type Store, transact } from '../storage/database.ts';
import { parseAttempts } from './attempts.ts';
import { countAnew, inLine, lastPosition, positionBefore } from './line.ts';
import { insertJobs, parseRow } from './row.ts';

export type NewJob = Omit<Job, 'id' | 'createdAt' | 'updatedAt' | 'position' | 'recoveries' | 'state'>;

export type JobChange =
  | { type: 'job'; job: Job }
  | { type: 'jobs'; jobs: Job[] }
  | { type: 'jobs-removed'; ids: string[] };

/** SQLite would rather look for all that are done, and sort them. */
const lately = "INDEXED BY jobs_done WHERE state_kind = 'done'";

/** Of a list of ids, which is one value however long it is. */
const among = 'id IN (SELECT value FROM json_each(?))';
const running = `state_kind IN (${runningKinds.map((kind) => `'${kind}'`).join(', ')})`;

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
    const full = this.#full(job, this.#freeId(now), now, lastPosition(this.#store) + 1);
    lasting(this.#store, () => insertJobs(this.#store, [full]));
    this.#changed({ type: 'job', job: full });
    return full;
  }

  /** All or none, behind what is there, in their order. */
  addMany(added: readonly NewJob[]): Job[] {
    const now = this.#now();
    const id = this.#freeId(now);
    const last = lastPosition(this.#store);
    // One moment, many jobs: chance alone would give some the same id.
    const jobs = added.map((job, at) =>
      this.#full(job, `${id}${at.toString(36).padStart(3, '0')}`, now, last + 1 + at),
    );
    lasting(this.#store, () => transact(this.#store, () => insertJobs(this.#store, jobs)));
    this.#changed({ type: 'jobs', jobs });
    return jobs;
  }

  /** One that no job has or begins with: a program may add hundreds in a second, and a clock be set back. */
  #freeId(now: number): string {
    const taken = this.#store.prepare("SELECT 1 FROM jobs WHERE id >= ?1 AND id < ?1 || '~' LIMIT 1");
    for (;;) {
      const id = newId(now);
      if (taken.get(id) === undefined) return id;
    }
  }

  #full(job: NewJob, id: string, now: number, position: number): Job {
    const state: JobState = { kind: 'queued', kept: { kind: 'nothing' } };
    return { ...job, id, createdAt: now, updatedAt: now, position, state };
  }

  /** Everything that is not done, in the order of the queue. */
  waiting(): Job[] {
    return this.#rows(`WHERE ${inLine} ORDER BY position, id`, []);
  }

  /** The same, `most` at a time: those behind another one, or the first. */
  waitingBehind(job: Job | null, most: number): Job[] {
    const behind = job === null ? '' : 'AND (position, id) > (?, ?)';
    const values = job === null ? [most] : [job.position, job.id, most];
    return this.#rows(`WHERE ${inLine} ${behind} ORDER BY position, id LIMIT ?`, values);
  }

  /** What is to be made next: the first that goes on by itself. */
  next(): Job | null {
    const [job] = this.#rows(
      `WHERE ${inLine} AND (state_kind = 'queued' OR (state_kind = 'paused' AND state ->> '$.reason' <> 'asked'))
       ORDER BY position, id LIMIT 20`,
      [],
    );
    return job ?? null;
  }

  /** True while a job that is not done will write to this file. */
  isPromised(out: string): boolean {
    return this.#store.prepare("SELECT 1 FROM jobs WHERE out = ? AND state_kind <> 'done'").get(out) !== undefined;
  }

  /** Every file that a job which is not done will write to. */
  promised(): Set<string> {
    const rows: unknown[] = this.#store.prepare("SELECT out FROM jobs WHERE state_kind <> 'done'").all();
    return new Set(rows.map((row) => (row as { out: string }).out));
  }

  /** Puts a job just before another one, or at the end. */
  move(id: string, before: string | null): void {
    if (before === id) return;
    const position = positionBefore(this.#store, id, before);
    if (position === null) {
      countAnew(this.#store, id, before);
      return this.#changed({ type: 'jobs', jobs: this.waiting() });
    }
    this.#store.prepare('UPDATE jobs SET position = ? WHERE id = ?').run(position, id);
    this.#tell(id);
  }

  /** Other settings in the same place, where it stands until it is queued. What was kept and met no longer counts. */
  change(
    id: string,
    change: Pick<NewJob, 'model' | 'settings' | 'picture' | 'out' | 'requestKey' | 'memoryLimit' | 'shortcut'>,
  ): void {
    const state: JobState = { kind: 'paused', reason: 'asked', kept: { kind: 'nothing' } };
    this.#store
      .prepare(
        `UPDATE jobs SET model = ?, settings = ?, picture = ?, out = ?, request_key = ?, state_kind = ?, state = ?,
           kept = NULL, attempts = NULL, memory_limit = ?, shortcut = ?, updated_at = ? WHERE id = ?`,
      )
      .run(
        ...[change.model, JSON.stringify(change.settings), change.picture, change.out, change.requestKey],
        ...[state.kind, JSON.stringify(state), change.memoryLimit ?? null, change.shortcut ?? null, this.#now(), id],
      );
    this.#tell(id);
  }

  /**
   * Takes jobs out of the line, but none that runs. They stay as they are, files and all, until they are forgotten.
   * Says which were taken out.
   */
  remove(ids: readonly string[]): string[] {
    const removed: unknown[] = this.#store
      .prepare(`UPDATE jobs SET removed_at = ? WHERE ${among} AND ${inLine} AND NOT ${running} RETURNING id`)
      .all(this.#now(), JSON.stringify(ids));
    const gone = new Set(idsOf(removed));
    const told = ids.filter((id) => gone.has(id));
    if (told.length > 0) this.#changed({ type: 'jobs-removed', ids: told });
    return told;
  }

  /** Puts jobs back that were taken out, at the places where they stood. Those that are forgotten stay away. */
  restore(ids: readonly string[]): void {
    const list = JSON.stringify(ids);
    this.#store.prepare(`UPDATE jobs SET removed_at = NULL WHERE ${among} AND state_kind <> 'done'`).run(list);
    const jobs = this.#rows(`WHERE ${among} AND ${inLine} ORDER BY position, id`, [list]);
    if (jobs.length > 0) this.#changed({ type: 'jobs', jobs });
  }

  /** For good: those that were taken out before a time. Says which they were. */
  forgetRemoved(before: number): Job[] {
    return transact(this.#store, () => {
      const gone = this.#rows('WHERE removed_at < ?', [before]);
      this.#store.prepare('DELETE FROM jobs WHERE removed_at < ?').run(before);
      return gone;
    });
  }

  get(id: string): Job | null {
    return this.#rows('WHERE id = ? AND removed_at IS NULL', [id])[0] ?? null;
  }

  /** Newest first. */
  list(limit = 1000): Job[] {
    return this.#rows('WHERE removed_at IS NULL ORDER BY created_at DESC, id DESC LIMIT ?', [limit]);
  }

  /** The newest job that was asked for in just the same words. */
  latestOf(requestKey: string): Job | null {
    const newest = 'WHERE request_key = ? AND removed_at IS NULL ORDER BY created_at DESC, id DESC LIMIT 1';
    return this.#rows(newest, [requestKey])[0] ?? null;
  }

  /** The latest clips that were made, newest first. */
  lastDone(limit: number): Job[] {
    return this.#rows(`${lately} ORDER BY updated_at DESC LIMIT ?`, [limit]);
  }

  /** Prompts of all jobs, each once, newest first. */
  prompts(limit: number): string[] {
    const rows: unknown[] = this.#store
      .prepare(
        `SELECT settings ->> '$.prompt' AS prompt, max(created_at) AS at FROM jobs
         GROUP BY prompt ORDER BY at DESC, max(rowid) DESC LIMIT ?`,
      )
      .all(limit);
    return rows.map((row) => (row as { prompt: string }).prompt);
  }

  /** What each phase took for the newest clip of the same model and shape. */
  phaseSecondsBefore(job: Job): PhaseSeconds | null {
    const same = this.#rows(`${lately} AND model = ? ORDER BY updated_at DESC LIMIT 20`, [job.model]).find(
      ({ settings }) =>
        settings.width === job.settings.width &&
        settings.height === job.settings.height &&
        settings.frames === job.settings.frames,
    );
    return same?.state.kind === 'done' ? same.state.phaseSeconds : null;
  }

  /** In one moment with `attempts`, when there is something new of them. One that is done needs its own no more. */
  setState(id: string, state: JobState, attempts?: readonly Attempt[]): void {
    const before = this.#kindOf(id);
    const [forgets, remembers] = [state.kind === 'done', attempts !== undefined];
    const put = this.#store.prepare(
      `UPDATE jobs SET state_kind = ?, state = ?, updated_at = ?, kept = coalesce(?, kept),
         attempts = CASE WHEN ? THEN ? ELSE attempts END WHERE id = ?`,
    );
    const write = () =>
      put.run(
        ...[state.kind, JSON.stringify(state), this.#now(), 'kept' in state ? JSON.stringify(state.kept) : null],
        ...[forgets || remembers ? 1 : 0, remembers && !forgets ? JSON.stringify(attempts) : null, id],
      );
    // A step that is told again after a power cut is no loss; a decision or an end would be.
    if (forgets || remembers) lasting(this.#store, write);
    else write();
    // A recovery goes through several moments that are worth telling.
    if (before !== state.kind || state.kind === 'recovering') this.#tell(id);
  }

  #kindOf(id: string): string | null {
    const row: unknown = this.#store.prepare('SELECT state_kind AS kind FROM jobs WHERE id = ?').get(id);
    return (row as { kind: string } | undefined)?.kind ?? null;
  }

  /** Failures that were met on the way, oldest first. */
  attempts(id: string): Attempt[] {
    const row: unknown = this.#store.prepare('SELECT attempts FROM jobs WHERE id = ?').get(id);
    return parseAttempts((row as { attempts: string | null } | undefined)?.attempts ?? null);
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

  /** With what the render was begun of which something may be kept: its files belong to that picture. */
  setBegunWith(id: string, shortcut: Shortcut | null): void {
    this.#store.prepare('UPDATE jobs SET begun_with = ? WHERE id = ?').run(shortcut, id);
  }

  begunWith(id: string): Shortcut | null {
    const row: unknown = this.#store.prepare('SELECT begun_with AS shortcut FROM jobs WHERE id = ?').get(id);
    return Shortcut.safeParse((row as { shortcut: string | null } | undefined)?.shortcut).data ?? null;
  }

  /** Those of these that are done. */
  doneAmong(ids: readonly string[]): string[] {
    const done = this.#store.prepare(`SELECT id FROM jobs WHERE ${among} AND state_kind = 'done'`);
    return idsOf(done.all(JSON.stringify(ids)));
  }

  /** Ids of the pictures that any job refers to. */
  pictures(): string[] {
    const rows: unknown[] = this.#store.prepare('SELECT DISTINCT picture FROM jobs WHERE picture IS NOT NULL').all();
    return rows.map((row) => (row as { picture: string }).picture);
  }

  /** What may be another thing each time that the same clip is asked for. With another limit, what failed may do. */
  setAsked(id: string, { overwrite, memoryLimit }: Pick<Job, 'overwrite' | 'memoryLimit'>): void {
    this.#store
      .prepare(
        `UPDATE jobs SET overwrite = ?, attempts = CASE WHEN memory_limit IS ? THEN attempts END, memory_limit = ?
         WHERE id = ?`,
      )
      .run(overwrite ? 1 : 0, memoryLimit ?? null, memoryLimit ?? null, id);
    this.#tell(id);
  }

  /** Where the clip goes. */
  setOut(id: string, out: string): void {
    this.#store.prepare('UPDATE jobs SET out = ? WHERE id = ?').run(out, id);
    this.#tell(id);
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
    const cut = this.#rows(`WHERE ${running}`, []);
    for (const { id } of cut) this.setState(id, { kind: 'paused', reason: 'interrupted', kept: this.kept(id) });
    return cut.length;
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

const idsOf = (rows: unknown[]): string[] => rows.map((row) => (row as { id: string }).id);

/** Sorts by time, short enough to type: seconds in base 36, then chance. */
function newId(now: number): string {
  return Math.floor(now / 1000).toString(36) + randomBytes(2).toString('hex');
}

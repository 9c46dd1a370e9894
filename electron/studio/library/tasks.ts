import { randomUUID } from 'node:crypto';
import type { LibraryTask, TaskProblem, TaskResult, TaskState } from '../../../contract/libraryTask.ts';
import { Listeners } from '../listeners.ts';

/** Why a task came to nothing. */
export class TaskFailed extends Error {
  readonly problem: TaskProblem;

  constructor(problem: TaskProblem, detail: string) {
    super(detail);
    this.problem = problem;
  }
}

export type Progress = (done: number, of: number) => void;
/** Throws `signal.reason` when it is given up. */
export type Work = (progress: Progress, signal: AbortSignal, id: string) => Promise<TaskResult>;

interface Running {
  task: LibraryTask;
  abort: AbortController;
  ended: Promise<void>;
}

/** The reason with which a studio that ends gives up: what can be taken up again at the next start, is. */
export const stopping = 'stopping';

const toldEveryMs = 100;

/** What takes a while, from its start until somebody has seen how it ended. */
export class Tasks {
  readonly #running = new Map<string, Running>();
  readonly #listeners = new Listeners<LibraryTask>();
  #encoded: Promise<unknown> = Promise.resolve();

  list(): LibraryTask[] {
    return [...this.#running.values()].map(({ task }) => task);
  }

  on(listener: (task: LibraryTask) => void): () => void {
    return this.#listeners.add(listener);
  }

  /** An encoder takes all cores: what `encodes` waits for its turn. */
  start(kind: LibraryTask['kind'], title: string, work: Work, encodes = false): LibraryTask {
    const id = randomUUID();
    const abort = new AbortController();
    const task: LibraryTask = { id, kind, title, state: { kind: 'running', done: 0, of: 0 } };
    const running: Running = { task, abort, ended: Promise.resolve() };
    this.#running.set(id, running);
    this.#listeners.tell(task);
    let toldAt = 0;
    const progress: Progress = (done, of) => {
      const now = performance.now();
      running.task = { ...running.task, state: { kind: 'running', done, of } };
      if (now - toldAt < toldEveryMs) return;
      toldAt = now;
      this.#listeners.tell(running.task);
    };
    const before = this.#encoded;
    const outcome = encodes
      ? inTurn(before, abort.signal).then(() => work(progress, abort.signal, id))
      : work(progress, abort.signal, id);
    running.ended = outcomeOf(outcome, abort.signal).then((state) => {
      running.task = { ...running.task, state };
      this.#listeners.tell(running.task);
    });
    // One that is given up while it waits must not let the next by.
    if (encodes) this.#encoded = Promise.all([before, running.ended]);
    return task;
  }

  /** Asks it to stop; its end is told. */
  cancel(id: string): void {
    this.#running.get(id)?.abort.abort();
  }

  /** Forgets one that has ended. */
  forget(id: string): void {
    const found = this.#running.get(id);
    if (found && found.task.state.kind !== 'running') this.#running.delete(id);
  }

  get busy(): boolean {
    return this.list().some(({ state }) => state.kind === 'running');
  }

  /** How it ended. */
  async wait(id: string): Promise<TaskState> {
    await this.#running.get(id)?.ended;
    return this.#running.get(id)?.task.state ?? { kind: 'cancelled' };
  }

  async stop(): Promise<void> {
    for (const { abort } of this.#running.values()) abort.abort(stopping);
    await Promise.all([...this.#running.values()].map(({ ended }) => ended));
  }
}

/** Until it is one's turn. @throws the signal's reason when it is given up before. */
async function inTurn(turn: Promise<unknown>, signal: AbortSignal): Promise<void> {
  const givenUp = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  await Promise.race([turn, givenUp]);
  signal.throwIfAborted();
}

async function outcomeOf(work: Promise<TaskResult>, signal: AbortSignal): Promise<TaskState> {
  try {
    return { kind: 'done', result: await work };
  } catch (error) {
    const killed = error instanceof TaskFailed && error.problem === 'internal';
    if (signal.aborted && (killed || !(error instanceof TaskFailed))) return { kind: 'cancelled' };
    if (error instanceof TaskFailed) return { kind: 'failed', problem: error.problem, detail: error.message };
    const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
    const problem = problemOf(error);
    if (problem === 'internal') console.error(error);
    return { kind: 'failed', problem, detail };
  }
}

/** What an error of the file system means. */
export function problemOf(error: unknown): TaskProblem {
  const code = (error as { code?: unknown } | null)?.code;
  if (code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG') return 'full';
  if (code === 'EEXIST') return 'exists';
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS' || code === 'ENAMETOOLONG') return 'not-writable';
  if (code === 'ENOENT' || code === 'ENOTDIR') return 'folder-missing';
  return 'internal';
}

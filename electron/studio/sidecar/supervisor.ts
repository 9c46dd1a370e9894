import type { Failure } from '../../../contract/failure.ts';
import type { Phase } from '../../../contract/render.ts';
import type { Probe, Progress, Ready, RenderOrder, RenderOutcome } from '../../../contract/worker.ts';
import type { BoundedLog } from './boundedLog.ts';
import { restartDelay } from './restart.ts';
import { Worker, type WorkerEnd } from './worker.ts';

export interface SupervisorOptions {
  python: string;
  sidecar: string;
  log: BoundedLog;
  env?: Record<string, string>;
  command?: readonly string[];
  /** Silence after which a ready worker counts as hung. It beats every second. */
  silenceMs?: number;
  /** Importing reads gigabytes from a cold disk under the interpreter's lock, and may be silent for long. */
  startMs?: number;
}

type Lane = { kind: 'empty' } | { kind: 'live'; worker: Worker };

/** What went wrong with the worker itself, as opposed to a failure it reported. */
export class WorkerFailed extends Error {
  readonly failure: Failure;
  constructor(failure: Failure) {
    super(failure.detail);
    this.failure = failure;
  }
}

/**
 * Keeps one worker at hand and replaces it when it dies or hangs. It decides nothing about jobs:
 * a render that a worker took down with it ends as a failure, and the queue says what comes next.
 */
export class Supervisor {
  readonly #options: Required<Pick<SupervisorOptions, 'silenceMs' | 'startMs'>> & SupervisorOptions;
  #lane: Lane = { kind: 'empty' };
  #failuresInARow = 0;
  #phase: Phase | null = null;
  #onProgress: (progress: Progress) => void = () => {};
  #disposed = false;

  constructor(options: SupervisorOptions) {
    this.#options = { silenceMs: 6000, startMs: 180_000, ...options };
  }

  /** Starts a worker ahead of the first job. Its failure shows when it is needed. */
  warm(): void {
    this.#live().catch(() => {});
  }

  /** The running worker's process id, for those who watch the machine. */
  get pid(): number | null {
    return this.#lane.kind === 'live' ? this.#lane.worker.pid : null;
  }

  /** @throws {WorkerFailed} */
  async ready(): Promise<Ready> {
    return (await this.#live()).ready;
  }

  /** @throws {WorkerFailed} */
  async probe(): Promise<Probe> {
    const worker = await this.#live();
    try {
      return await this.#watch(worker, worker.probe());
    } catch (error) {
      if (error instanceof WorkerFailed) throw error;
      const detail = error instanceof Error ? error.message : String(error);
      throw new WorkerFailed({ cause: 'internal', phase: null, detail });
    }
  }

  /** Never throws: whatever happens to the worker becomes a failure. */
  async render(
    order: RenderOrder,
    onProgress: (progress: Progress) => void,
    signal: AbortSignal,
  ): Promise<RenderOutcome> {
    this.#phase = null;
    this.#onProgress = (progress) => {
      if (progress.type === 'phase') this.#phase = progress.phase;
      if (progress.jobId === order.jobId) onProgress(progress);
    };
    try {
      const worker = await this.#live();
      return await this.#watch(worker, worker.render(order, signal));
    } catch (error) {
      if (error instanceof WorkerFailed) return { kind: 'failed', failure: error.failure };
      const detail = error instanceof Error ? error.message : String(error);
      return { kind: 'failed', failure: { cause: 'internal', phase: this.#phase, detail } };
    } finally {
      this.#onProgress = () => {};
    }
  }

  /** What the worker last said its allocator holds of the card; null while it uses none. */
  get reservedBytes(): number | null {
    return this.#lane.kind === 'live' ? this.#lane.worker.reservedBytes : null;
  }

  /** Ends the worker, which gives back all its memory, and starts a fresh one. */
  async recycle(graceMs = 3000): Promise<void> {
    // One that still imports holds nothing of the card yet.
    if (this.#lane.kind === 'empty' || !this.#lane.worker.isReady) return;
    const { worker } = this.#lane;
    // Whoever asks meanwhile gets another one.
    this.#lane = { kind: 'empty' };
    await worker.stop(graceMs);
    if (!this.#disposed) this.warm();
  }

  /** Ends the worker and its tree; afterwards none is started again. */
  async dispose(graceMs = 3000): Promise<void> {
    this.#disposed = true;
    if (this.#lane.kind === 'live') await this.#lane.worker.stop(graceMs);
    this.#lane = { kind: 'empty' };
  }

  async #live(): Promise<Worker> {
    if (this.#lane.kind === 'empty') await delay(restartDelay(this.#failuresInARow));
    // Another call may have started one meanwhile.
    const worker = this.#lane.kind === 'live' ? this.#lane.worker : this.#start();
    await this.#watch(worker, worker.ready);
    return worker;
  }

  #start(): Worker {
    if (this.#disposed) throw new WorkerFailed({ cause: 'internal', phase: null, detail: 'The studio is closing.' });
    const started = Worker.start({ ...this.#options, onProgress: (progress) => this.#onProgress(progress) });
    if (started.kind === 'not-started') {
      this.#failuresInARow += 1;
      throw new WorkerFailed({ cause: 'environment', phase: null, detail: started.detail });
    }
    const { worker } = started;
    this.#lane = { kind: 'live', worker };
    void worker.ended.then(() => {
      this.#failuresInARow = worker.isReady ? 0 : this.#failuresInARow + 1;
      this.#forget(worker);
    });
    return worker;
  }

  /** Whoever asks next gets another worker. */
  #forget(worker: Worker): void {
    if (this.#lane.kind === 'live' && this.#lane.worker === worker) this.#lane = { kind: 'empty' };
  }

  /** The answer, or the reason why there will be none: the worker ended, or fell silent. */
  async #watch<T>(worker: Worker, answer: Promise<T>): Promise<T> {
    const silence = this.#silence(worker);
    try {
      return await Promise.race([
        answer,
        silence.hung,
        worker.ended.then((end) => Promise.reject(this.#failed(worker, end))),
      ]);
    } catch (error) {
      // A closed connection rejects the answer first; how the process ended says more.
      if (error instanceof WorkerFailed) throw error;
      const end = await Promise.race([worker.ended, delay(2000)]);
      throw end === undefined ? error : this.#failed(worker, end);
    } finally {
      silence.stop();
    }
  }

  #silence(worker: Worker): { hung: Promise<never>; stop(): void } {
    let timer: NodeJS.Timeout | undefined;
    const hung = new Promise<never>((_, reject) => {
      let lastTick = performance.now();
      timer = setInterval(() => {
        const now = performance.now();
        // After sleep and resume of the machine nobody could give a sign: the wait begins anew.
        if (now - lastTick > 4 * tickMs) worker.lastSign = now;
        lastTick = now;
        const silentMs = now - worker.lastSign;
        if (silentMs < (worker.isReady ? this.#options.silenceMs : this.#options.startMs)) return;
        worker.kill();
        this.#forget(worker);
        const seconds = Math.round(silentMs / 1000);
        const detail = `No sign of life from the worker for ${seconds} s.`;
        reject(new WorkerFailed({ cause: 'hang', phase: this.#phase, seconds, detail }));
      }, tickMs);
    });
    return { hung, stop: () => clearInterval(timer) };
  }

  #failed(worker: Worker, end: WorkerEnd): WorkerFailed {
    const detail = end.lastWords.trim();
    if (end.kind === 'killed')
      return new WorkerFailed({ cause: 'killed', phase: this.#phase, signal: end.signal, detail });
    if (!worker.isReady) return new WorkerFailed({ cause: 'environment', phase: null, detail });
    return new WorkerFailed({
      cause: 'killed',
      phase: this.#phase,
      signal: null,
      detail: `Exit code ${end.code}. ${detail}`,
    });
  }
}

const tickMs = 500;

const delay = (ms: number): Promise<undefined> =>
  new Promise((resolve) => {
    if (ms === 0) resolve(undefined);
    else setTimeout(resolve, ms, undefined);
  });

import type { Failure } from '../../../contract/failure.ts';
import type { Probe, Progress, Ready, RenderOrder, RenderOutcome } from '../../../contract/worker.ts';
import type { BoundedLog } from './boundedLog.ts';
import { lackedMemory } from './lackedMemory.ts';
import { restartDelay } from './restart.ts';
import {
  beginPulse,
  type Expected,
  heard,
  looked,
  type Patience,
  type Pulse,
  patience,
  stalledFor,
  stepUnderWay,
  stopping,
} from './stall.ts';
import { Worker, type WorkerEnd } from './worker.ts';
import { WorkerFailed } from './workerFailed.ts';

export interface SupervisorOptions {
  python: string;
  sidecar: string;
  log: BoundedLog;
  env?: Record<string, string>;
  command?: readonly string[];
  /**
   * Silence after which a ready worker counts as hung. It beats every second, but not while the machine reads back what
   * it had swapped out: for want of memory it is silent for long, and alive.
   */
  silenceMs?: number;
  /** Importing reads gigabytes from a cold disk under the interpreter's lock, and may be silent for long. */
  startMs?: number;
  /** What a probe does takes seconds, or minutes where a driver compiles for a card that it does not know. */
  probeMs?: number;
  /** How long a worker that beats may get nowhere. */
  patience?: Patience;
}

type HangFailure = Extract<Failure, { cause: 'hang' }>;
/** What is wrong at this moment with a worker that beats; null: nothing. */
type Lateness = (now: number) => HangFailure | null;

type Lane = { kind: 'empty' } | { kind: 'live'; worker: Worker };

/**
 * Keeps one worker at hand and replaces it when it dies or hangs. It decides nothing about jobs:
 * a render that a worker took down with it ends as a failure, and the queue says what comes next.
 */
export class Supervisor {
  readonly #options: Required<Pick<SupervisorOptions, 'silenceMs' | 'startMs' | 'probeMs' | 'patience'>> &
    SupervisorOptions;
  #lane: Lane = { kind: 'empty' };
  #failuresInARow = 0;
  /** Until the one that was ended is gone, and what it held with it. */
  #leaving: Promise<unknown> = Promise.resolve();
  /** The render that is under way, or the last one. */
  #pulse: Pulse = beginPulse(0);
  #onProgress: (progress: Progress) => void = () => {};
  #disposed = false;

  constructor(options: SupervisorOptions) {
    this.#options = { silenceMs: 30_000, startMs: 180_000, probeMs: 600_000, patience, ...options };
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
      return await this.#watch(worker, worker.probe(), unanswered(performance.now(), this.#options.probeMs));
    } catch (error) {
      if (error instanceof WorkerFailed) throw error;
      const detail = error instanceof Error ? error.message : String(error);
      throw new WorkerFailed({ cause: 'internal', phase: null, detail });
    }
  }

  /**
   * Never throws: whatever happens to the worker becomes a failure. By what is `expected` of the render it is told
   * whether it still gets on.
   */
  async render(
    order: RenderOrder,
    onProgress: (progress: Progress) => void,
    signal: AbortSignal,
    expected: Expected | null = null,
  ): Promise<RenderOutcome> {
    this.#pulse = beginPulse(performance.now());
    this.#onProgress = (progress) => {
      if (progress.jobId !== order.jobId) return;
      this.#pulse = heard(this.#pulse, progress, performance.now());
      onProgress(progress);
    };
    // A processor waits for no driver, and without a prediction nobody knows how long it takes.
    const unknown = expected === null && order.plan.device === 'cpu';
    const allowed = { ...this.#options.patience, ...(unknown ? { begin: Number.POSITIVE_INFINITY } : {}) };
    const stop = () => {
      this.#pulse = stopping(this.#pulse, performance.now());
    };
    try {
      const worker = await this.#live();
      this.#pulse = beginPulse(performance.now());
      if (signal.aborted) stop();
      else signal.addEventListener('abort', stop, { once: true });
      return await this.#watch(worker, worker.render(order, signal), (now) => this.#stalled(now, expected, allowed));
    } catch (error) {
      if (!(error instanceof WorkerFailed)) {
        const detail = error instanceof Error ? error.message : String(error);
        return { kind: 'failed', failure: { cause: 'internal', ...this.#where(), detail } };
      }
      const { phase, kept } = this.#pulse;
      // One that had to be ended because it did not stop has stopped.
      if (signal.aborted && error.failure.cause === 'hang')
        return { kind: 'cancelled', phase: phase ?? 'loading', kept };
      return { kind: 'failed', failure: error.failure };
    } finally {
      signal.removeEventListener('abort', stop);
      this.#onProgress = () => {};
      this.#pulse = beginPulse(performance.now());
    }
  }

  #stalled(now: number, expected: Expected | null, allowed: Patience): HangFailure | null {
    this.#pulse = looked(this.#pulse, now);
    const stood = stalledFor(this.#pulse, now, expected, allowed);
    if (stood === null) return null;
    const seconds = Math.round(stood);
    return {
      cause: 'hang',
      ...this.#where(),
      seconds,
      detail: `The worker beats and has not got on for ${seconds} s.`,
    };
  }

  #where(): Pick<HangFailure, 'phase' | 'step'> {
    return { phase: this.#pulse.phase, step: stepUnderWay(this.#pulse) };
  }

  /** What the worker last said its allocator holds of the card; null while it uses none. */
  get reservedBytes(): number | null {
    return this.#lane.kind === 'live' ? this.#lane.worker.reservedBytes : null;
  }

  /** What the worker said last that it has of the computer's memory, and would use again. */
  get hostBytes(): number {
    return this.#lane.kind === 'live' ? this.#lane.worker.hostBytes : 0;
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
    if (this.#lane.kind === 'empty') await Promise.all([this.#leaving, delay(restartDelay(this.#failuresInARow))]);
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

  /** The answer, or the reason why there will be none: the worker ended, fell silent, or gets nowhere. */
  async #watch<T>(worker: Worker, answer: Promise<T>, late: Lateness = () => null): Promise<T> {
    const hang = this.#hang(worker, late);
    try {
      return await Promise.race([
        answer,
        hang.hung,
        worker.ended.then((end) => Promise.reject(this.#failed(worker, end))),
      ]);
    } catch (error) {
      // A closed connection rejects the answer first; how the process ended says more.
      if (error instanceof WorkerFailed) throw error;
      const end = await Promise.race([worker.ended, delay(2000)]);
      throw end === undefined ? error : this.#failed(worker, end);
    } finally {
      hang.stop();
    }
  }

  #hang(worker: Worker, late: Lateness): { hung: Promise<never>; stop(): void } {
    let timer: NodeJS.Timeout | undefined;
    const hung = new Promise<never>((_, reject) => {
      let lastTick = performance.now();
      timer = setInterval(() => {
        const now = performance.now();
        // After sleep and resume of the machine nobody could give a sign: the wait begins anew.
        if (now - lastTick > 4 * tickMs) worker.lastSign = now;
        lastTick = now;
        const failure = this.#silent(worker, now) ?? late(now);
        if (failure === null) return;
        worker.kill();
        this.#leaving = Promise.race([worker.ended, delay(leavingMs)]);
        this.#forget(worker);
        reject(new WorkerFailed(failure));
      }, tickMs);
    });
    return { hung, stop: () => clearInterval(timer) };
  }

  #silent(worker: Worker, now: number): HangFailure | null {
    const silentMs = now - worker.lastSign;
    if (silentMs < (worker.isReady ? this.#options.silenceMs : this.#options.startMs)) return null;
    const seconds = Math.round(silentMs / 1000);
    return { cause: 'hang', ...this.#where(), seconds, detail: `No sign of life from the worker for ${seconds} s.` };
  }

  #failed(worker: Worker, end: WorkerEnd): WorkerFailed {
    const detail = end.lastWords.trim();
    if (lackedMemory(end)) return new WorkerFailed({ cause: 'host-memory', ...this.#where(), detail });
    if (end.kind === 'killed')
      return new WorkerFailed({ cause: 'killed', ...this.#where(), signal: end.signal, detail });
    if (!worker.isReady) return new WorkerFailed({ cause: 'environment', phase: null, detail });
    const exit = `Exit code ${end.code}. ${detail}`;
    return new WorkerFailed({ cause: 'killed', ...this.#where(), signal: null, detail: exit });
  }
}

function unanswered(asked: number, withinMs: number): Lateness {
  return (now) => {
    if (now - asked < withinMs) return null;
    const seconds = Math.round((now - asked) / 1000);
    return { cause: 'hang', phase: null, seconds, detail: `The worker did not say what it has for ${seconds} s.` };
  };
}

const tickMs = 500;
/** One that stands in a driver ends only when that lets go, and keeps the card's memory until then. */
const leavingMs = 10_000;

const delay = (ms: number): Promise<undefined> =>
  new Promise((resolve) => {
    if (ms === 0) resolve(undefined);
    else setTimeout(resolve, ms, undefined);
  });

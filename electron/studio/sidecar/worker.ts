import { CancellationTokenSource } from 'vscode-jsonrpc/node';
import {
  Heartbeat,
  Probe,
  Progress,
  protocolVersion,
  Ready,
  type RenderOrder,
  RenderOutcome,
} from '../../../contract/worker.ts';
import type { BoundedLog } from './boundedLog.ts';
import { type PythonProcess, startPython } from './pythonProcess.ts';

/** How a worker ended. The signal is looked at before the exit code: a kill by the system has no code. */
export type WorkerEnd =
  | { kind: 'exited'; code: number; lastWords: string }
  | { kind: 'killed'; signal: string; lastWords: string };

export interface NotStarted {
  kind: 'not-started';
  detail: string;
}

export interface WorkerOptions {
  python: string;
  /** The folder that holds the package reelwright_sidecar. */
  sidecar: string;
  log: BoundedLog;
  env?: Record<string, string>;
  /** How the interpreter is started; tests put something in front of the worker. */
  command?: readonly string[];
  onProgress(progress: Progress): void;
}

/**
 * On Windows an environment's python.exe starts the real one and waits for it: the driver and the task list know of the
 * card only that one, which says its own number. Elsewhere the one that was started becomes it.
 */
export const computingPid = (started: number, said: number, platform: NodeJS.Platform = process.platform): number =>
  platform === 'win32' ? said : started;

/** One Python process and the connection to it. Every message is parsed before anything believes it. */
export class Worker {
  /** Of the process that computes, once it has said so. */
  pid: number;
  readonly ready: Promise<Ready>;
  readonly ended: Promise<WorkerEnd>;
  isReady = false;
  /** When it last gave any sign of life, on the clock of `performance.now()`. */
  lastSign = performance.now();
  /** What its allocator holds of the card, as of the last heartbeat. */
  reservedBytes: number | null = null;
  /** What it has of the computer's memory, as it said last. */
  hostBytes = 0;
  readonly #child: PythonProcess;

  private constructor(child: PythonProcess, ready: Promise<Ready>, ended: Promise<WorkerEnd>) {
    this.pid = child.pid;
    this.ready = ready;
    this.ended = ended;
    this.#child = child;
  }

  static start(options: WorkerOptions): { kind: 'started'; worker: Worker } | NotStarted {
    const { python, sidecar, command, env, log } = options;
    const child = startPython({
      ...{ python, sidecar, module: 'reelwright_sidecar', command, env },
      onWords: (chunk) => log.write(chunk),
    });
    if (child === null) return { kind: 'not-started', detail: `${python} could not be started` };
    const { connection } = child;
    const ready = new Promise<Ready>((resolve, reject) => {
      connection.onNotification('ready', (message: unknown) => {
        worker.lastSign = performance.now();
        const parsed = Ready.safeParse(message);
        if (parsed.success && parsed.data.protocol === protocolVersion) {
          worker.isReady = true;
          worker.pid = computingPid(worker.pid, parsed.data.pid);
          return resolve(parsed.data);
        }
        reject(new Error('The worker speaks another version of the protocol.'));
      });
    });
    ready.catch(() => worker.kill());
    connection.onNotification('heartbeat', (message: unknown) => {
      const parsed = Heartbeat.safeParse(message);
      if (!parsed.success) return;
      worker.lastSign = performance.now();
      worker.reservedBytes = parsed.data.reservedBytes;
      worker.hostBytes = parsed.data.hostBytes ?? 0;
    });
    connection.onNotification('progress', (message: unknown) => {
      worker.lastSign = performance.now();
      const parsed = Progress.safeParse(message);
      if (parsed.success) options.onProgress(parsed.data);
    });
    connection.listen();

    const ended = child.ended.then(({ code, signal, lastWords }): WorkerEnd => {
      if (signal !== undefined) return { kind: 'killed', signal, lastWords };
      return { kind: 'exited', code: code ?? -1, lastWords };
    });
    const worker = new Worker(child, ready, ended);
    return { kind: 'started', worker };
  }

  /** @throws when the worker ends first, or answers what the contract does not know. */
  async render(order: RenderOrder, signal: AbortSignal): Promise<RenderOutcome> {
    const cancellation = new CancellationTokenSource();
    const cancel = () => cancellation.cancel();
    if (signal.aborted) cancel();
    signal.addEventListener('abort', cancel, { once: true });
    try {
      return RenderOutcome.parse(await this.#child.connection.sendRequest('render', order, cancellation.token));
    } finally {
      signal.removeEventListener('abort', cancel);
    }
  }

  /** @throws as `render` does. */
  async probe(): Promise<Probe> {
    const probe = Probe.parse(await this.#child.connection.sendRequest('probe'));
    this.hostBytes = probe.hostBytes ?? 0;
    return probe;
  }

  /** Asks it to end, and ends it when it does not within `graceMs`; with it ends what it started. */
  async stop(graceMs: number): Promise<void> {
    this.#child.connection.sendRequest('shutdown').catch(() => {});
    await this.#child.endWithin(graceMs);
  }

  kill(): void {
    this.#child.kill();
  }
}

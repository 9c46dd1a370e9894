import { execa } from 'execa';
import {
  CancellationTokenSource,
  createMessageConnection,
  type MessageConnection,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-jsonrpc/node';
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
import { type ProcessTree, processTree } from './processTree.ts';

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
  readonly #connection: MessageConnection;
  readonly #tree: ProcessTree;

  private constructor(pid: number, ready: Promise<Ready>, ended: Promise<WorkerEnd>, connection: MessageConnection) {
    this.pid = pid;
    this.ready = ready;
    this.ended = ended;
    this.#connection = connection;
    this.#tree = processTree(pid);
  }

  static start(options: WorkerOptions): { kind: 'started'; worker: Worker } | NotStarted {
    const child = execa(options.python, options.command ?? ['-s', '-P', '-m', 'reelwright_sidecar'], {
      stdin: 'pipe',
      stdout: 'pipe',
      stderr: 'pipe',
      buffer: false,
      reject: false,
      encoding: 'buffer',
      // A group of its own, so that the whole tree can be ended and Ctrl-C reaches the studio alone.
      detached: process.platform !== 'win32',
      windowsHide: true,
      env: {
        PYTHONPATH: options.sidecar,
        PYTHONHOME: '',
        PYTHONUNBUFFERED: '1',
        PYTHONIOENCODING: 'utf-8',
        ...options.env,
      },
    });
    if (child.pid === undefined) return { kind: 'not-started', detail: `${options.python} could not be started` };

    const lastWords = new Tail(4000);
    child.stderr.on('data', (chunk: Uint8Array) => {
      lastWords.add(chunk);
      options.log.write(chunk);
    });
    // Writing to a worker that just died is answered by `ended`, not by an exception.
    child.stdin.on('error', () => {});

    const connection = createMessageConnection(
      new StreamMessageReader(child.stdout),
      new StreamMessageWriter(child.stdin),
    );
    connection.onError(() => worker.kill());
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
    });
    connection.onNotification('progress', (message: unknown) => {
      worker.lastSign = performance.now();
      const parsed = Progress.safeParse(message);
      if (parsed.success) options.onProgress(parsed.data);
    });
    connection.listen();

    const ended = child.then((result): WorkerEnd => {
      connection.dispose();
      if (result.signal !== undefined) return { kind: 'killed', signal: result.signal, lastWords: lastWords.text() };
      return { kind: 'exited', code: result.exitCode ?? -1, lastWords: lastWords.text() };
    });
    const worker = new Worker(child.pid, ready, ended, connection);
    return { kind: 'started', worker };
  }

  /** @throws when the worker ends first, or answers what the contract does not know. */
  async render(order: RenderOrder, signal: AbortSignal): Promise<RenderOutcome> {
    const cancellation = new CancellationTokenSource();
    const cancel = () => cancellation.cancel();
    if (signal.aborted) cancel();
    signal.addEventListener('abort', cancel, { once: true });
    try {
      return RenderOutcome.parse(await this.#connection.sendRequest('render', order, cancellation.token));
    } finally {
      signal.removeEventListener('abort', cancel);
    }
  }

  /** @throws as `render` does. */
  async probe(): Promise<Probe> {
    return Probe.parse(await this.#connection.sendRequest('probe'));
  }

  /** Asks it to end, and ends its whole tree when it does not within `graceMs`. */
  async stop(graceMs: number): Promise<void> {
    this.#connection.sendRequest('shutdown').catch(() => {});
    const timer = setTimeout(() => this.kill(), graceMs);
    await this.ended;
    clearTimeout(timer);
    this.kill(); // What it may have started itself.
  }

  kill(): void {
    this.#tree.kill();
  }
}

/** The end of a stream, for a bug report. */
class Tail {
  #chunks: Uint8Array[] = [];
  #size = 0;
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  add(chunk: Uint8Array): void {
    const part = chunk.subarray(-this.#limit);
    this.#chunks.push(Uint8Array.from(part));
    this.#size += part.length;
    while (this.#chunks.length > 1 && this.#size - (this.#chunks[0]?.length ?? 0) >= this.#limit) {
      this.#size -= this.#chunks.shift()?.length ?? 0;
    }
  }

  text(): string {
    return Buffer.concat(this.#chunks).subarray(-this.#limit).toString('utf8');
  }
}

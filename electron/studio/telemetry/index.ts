import { cpus, release, totalmem, version } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { CardUser, HistoryQuery, Machine, Sample, TelemetrySource } from '../../../contract/telemetry.ts';
import { restartDelay } from '../sidecar/restart.ts';
import type { Ours } from './cards.ts';
import { diskOf } from './disk.ts';
import type { Cards, FromThread, Question, Start, ToThread } from './messages.ts';

export interface TelemetryOptions {
  /** Whose disk is watched. */
  clipsFolder: () => string;
  /** NVML and nvidia-smi, where they are not to be looked for. */
  nvmlLibrary?: string;
  smi?: string;
  samplesPerSecond?: number;
  /** The thread's file, where the studio is bundled. */
  workerFile?: string | URL;
}

export interface Telemetry {
  machine(): Promise<Machine>;
  /** Calls `listener` with every sample until what it returns is called. */
  watch(listener: (sample: Sample) => void): () => void;
  history(query: HistoryQuery): Promise<{ times: number[]; series: Record<string, (number | null)[]> }>;
  csv(seconds: number): Promise<string>;
  users(card: string): Promise<CardUser[]>;
  /** What the engine's worker is and uses. */
  ours(use: Ours): void;
  dispose(): Promise<void>;
}

const diskEvery = 10_000;
/** How long `machine` waits to hear of the cards. */
const firstWord = 3_000;
/** A thread that is ended while a native library loads takes the whole program with it: that is waited for. */
const stopWithin = { loading: 30_000, loaded: 2_000 } as const;

interface Pending {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/** Reads the machine in a thread of its own, from now until `dispose`. */
export function startTelemetry(options: TelemetryOptions): Telemetry {
  const listeners = new Set<(sample: Sample) => void>();
  const pending = new Map<number, Pending>();
  const waiting = new Set<() => void>();
  let cards: Cards = { source: { kind: 'none', reason: 'starting' }, cards: [] };
  let use: Ours = { pid: null, reservedBytes: null };
  let nextId = 1;
  let failures = 0;
  let thread: Worker | null = null;
  let loaded = false;
  let restart: NodeJS.Timeout | null = null;
  let disposed = false;

  const tell = (message: ToThread): void => thread?.postMessage(message);

  function run(): void {
    restart = null;
    const data: Start = {
      nvmlLibrary: options.nvmlLibrary ?? null,
      smi: options.smi ?? null,
      samplesPerSecond: options.samplesPerSecond ?? 4,
    };
    const worker = new Worker(options.workerFile ?? new URL('./telemetryWorker.ts', import.meta.url), {
      workerData: data,
    });
    thread = worker;
    loaded = false;
    worker.on('message', hear);
    // The end follows, and is what counts.
    worker.on('error', (error) => console.error('telemetry:', error));
    worker.on('exit', () => {
      thread = null;
      for (const { reject } of pending.values()) reject(new Error('The thread that reads the machine ended.'));
      pending.clear();
      if (disposed) return;
      failures += 1;
      restart = setTimeout(run, restartDelay(failures + 1));
      restart.unref();
    });
    worker.unref();
    tell({ kind: 'ours', ours: use });
    tell({ kind: 'watched', watched: listeners.size > 0 });
    void tellDisk();
  }

  function hear(message: FromThread): void {
    loaded = true;
    switch (message.kind) {
      case 'sample':
        for (const listener of listeners) listener(message.sample);
        return;
      case 'cards':
        cards = message.cards;
        if (!isStarting(cards.source)) proceed();
        return;
      case 'answer':
        pending.get(message.id)?.resolve(message.value);
        answered(message.id);
        return;
      case 'failed':
        pending.get(message.id)?.reject(new Error(message.message));
        answered(message.id);
    }
  }

  /** The thread alone keeps no program alive, but one that waits for an answer gets it. */
  function answered(id: number): void {
    pending.delete(id);
    if (pending.size === 0) thread?.unref();
  }

  function proceed(): void {
    for (const each of waiting) each();
    waiting.clear();
  }

  function ask<Value>(question: Question): Promise<Value> {
    if (!thread) return Promise.reject(new Error('Nothing reads the machine at the moment.'));
    const id = nextId++;
    return new Promise<Value>((resolve, reject) => {
      pending.set(id, { resolve: (value) => resolve(value as Value), reject });
      thread?.ref();
      tell({ kind: 'question', id, question });
    });
  }

  let asking = false;
  /** From here, because a network drive may take its time: the thread would miss samples. */
  async function tellDisk(): Promise<void> {
    if (asking) return;
    asking = true;
    try {
      tell({ kind: 'disk', disk: await diskOf(options.clipsFolder()) });
    } finally {
      asking = false;
    }
  }
  const diskTimer = setInterval(() => void tellDisk(), diskEvery);
  diskTimer.unref();

  let described: ReturnType<typeof describe> | null = null;
  run();

  return {
    async machine() {
      described ??= describe();
      if (isStarting(cards.source) && !disposed) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, firstWord);
          waiting.add(() => {
            clearTimeout(timer);
            resolve();
          });
        });
      }
      return { ...(await described), source: cards.source, cards: [...cards.cards] };
    },
    watch(listener) {
      // Its own function, so that one who watches twice is told twice.
      const heard = (sample: Sample): void => listener(sample);
      listeners.add(heard);
      if (listeners.size === 1) tell({ kind: 'watched', watched: true });
      return () => {
        if (listeners.delete(heard) && listeners.size === 0) tell({ kind: 'watched', watched: false });
      };
    },
    history: (query) => ask({ ask: 'history', query }),
    csv: (seconds) => ask({ ask: 'csv', seconds }),
    users: (card) => ask({ ask: 'users', card }),
    ours(next) {
      use = next;
      tell({ kind: 'ours', ours: use });
    },
    async dispose() {
      disposed = true;
      clearInterval(diskTimer);
      if (restart) clearTimeout(restart);
      listeners.clear();
      proceed();
      const worker = thread;
      if (!worker) return;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(() => void worker.terminate(), loaded ? stopWithin.loaded : stopWithin.loading);
        worker.once('exit', () => {
          clearTimeout(timer);
          resolve();
        });
        tell({ kind: 'stop' });
      });
    },
  };
}

const isStarting = (source: TelemetrySource): boolean => source.kind === 'none' && source.reason === 'starting';

/** What does not change. Asked once, and on Windows without the PowerShell queries that take seconds. */
async function describe(): Promise<Omit<Machine, 'source' | 'cards'>> {
  const all = cpus();
  const model = all[0]?.model.trim() ?? '';
  return {
    processor: model === '' || model === 'unknown' ? await processorName() : model,
    cores: Math.max(1, all.length),
    memoryTotal: totalmem(),
    system: await systemName(),
  };
}

async function processorName(): Promise<string> {
  const { cpu } = await import('systeminformation');
  const { manufacturer, brand } = await cpu();
  return `${manufacturer} ${brand}`.trim() || process.arch;
}

async function systemName(): Promise<string> {
  if (process.platform === 'win32') return version();
  const { osInfo } = await import('systeminformation');
  const { distro, release: number } = await osInfo();
  return `${distro} ${number}`.trim() || `${process.platform} ${release()}`;
}

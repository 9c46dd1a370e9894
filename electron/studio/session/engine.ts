import type { EngineState, SetupStep } from '../../../contract/engine.ts';
import type { Plan } from '../../../contract/render.ts';
import type { Probe } from '../../../contract/worker.ts';
import type { StartedEngine } from '../engine.ts';
import type { SetupProgress } from '../environment/index.ts';
import { failureSentence } from '../jobs/index.ts';
import { WorkerFailed } from '../sidecar/workerFailed.ts';
import type { Studio } from '../studio.ts';
import type { Telemetry } from '../telemetry/index.ts';

const watchMs = 1000;

export interface EngineEvents {
  state(state: EngineState): void;
  started(engine: StartedEngine): void;
  /** Every second while there is an engine: whose memory is ours. */
  use(use: { pid: number | null; reservedBytes: number | null }): void;
}

/** The engine of an open studio, from the first set-up to a worker that waits, and what is to be told of it. */
export class EngineKeeper {
  readonly #studio: Studio;
  readonly #events: EngineEvents;
  readonly #telemetry: Telemetry;
  readonly #abort = new AbortController();
  #state: EngineState = { kind: 'starting' };
  #engine: StartedEngine | null = null;
  #starting: Promise<void> | null = null;
  #watch: NodeJS.Timeout | undefined;

  constructor(studio: Studio, events: EngineEvents, telemetry: Telemetry) {
    this.#studio = studio;
    this.#events = events;
    this.#telemetry = telemetry;
  }

  /** By which the render that goes on is made; null between two. */
  get plan(): Plan | null {
    return this.#engine?.plan() ?? null;
  }

  /** Null until it is set up, tried and found good. */
  get engine(): StartedEngine | null {
    return this.#state.kind === 'ready' ? this.#engine : null;
  }

  get state(): EngineState {
    return this.#state;
  }

  /** Starts it; after a failure, again. Does nothing while it starts or runs. */
  start(): Promise<void> {
    if (this.#engine !== null) return Promise.resolve();
    this.#starting ??= this.#start().finally(() => {
      this.#starting = null;
    });
    return this.#starting;
  }

  /** Gives back all its memory; the next job finds a fresh worker. */
  async release(): Promise<void> {
    // While it is being tried out, its end would be taken for a failure.
    if (this.#state.kind === 'ready') await this.#engine?.supervisor().recycle();
  }

  async stop(): Promise<void> {
    this.#abort.abort();
    // A worker that is still starting is not waited for: its end ends the start.
    await this.#engine?.stop();
    await this.#starting;
    clearInterval(this.#watch);
  }

  async #start(): Promise<void> {
    this.#tell({ kind: 'starting' });
    try {
      // The session holds the lock for as long as it is open.
      const held = { kind: 'held', release() {} } as const;
      const started = await this.#studio.startEngine(
        (step) => this.#setUp(step),
        this.#abort.signal,
        held,
        this.#telemetry,
      );
      if (started.kind === 'impossible')
        return this.#tell({ kind: 'impossible', cause: started.cause, sentence: started.sentence });
      if (started.kind !== 'started') return;
      if (this.#abort.signal.aborted) return await started.stop();
      this.#engine = started;
      this.#tell({ kind: 'starting' });
      this.#tell(await this.#ready(started));
    } catch (error) {
      const sentence = error instanceof Error ? error.message : String(error);
      return this.#tell({ kind: 'impossible', cause: 'worker', sentence });
    }
    if (this.#engine === null || this.#abort.signal.aborted) return;
    this.#events.started(this.#engine);
    this.#watch = setInterval(() => this.#look(), watchMs);
  }

  /** What came of it. An engine that cannot calculate is ended, so that it can be tried again. */
  async #ready(engine: StartedEngine): Promise<EngineState> {
    const state = await this.#probe(engine);
    if (state.kind === 'ready') return state;
    await engine.stop();
    this.#engine = null;
    return state;
  }

  async #probe(engine: StartedEngine): Promise<EngineState> {
    const probe = async () => {
      const supervisor = engine.supervisor();
      const found = await supervisor.probe();
      this.#studio.planner.probed(found, supervisor.reservedBytes);
      return stateOf(found, supervisor.pid);
    };
    try {
      return await probe().catch(async (error: unknown) => {
        const damaged = error instanceof WorkerFailed && error.failure.cause === 'environment';
        if (!damaged || this.#abort.signal.aborted || !(await engine.repair(this.#abort.signal))) throw error;
        return probe();
      });
    } catch (error) {
      if (!(error instanceof WorkerFailed)) throw error;
      return { kind: 'impossible', cause: 'worker', sentence: failureSentence(error.failure) };
    }
  }

  #setUp(progress: SetupProgress): void {
    const step: SetupStep = {
      phase: progress.phase,
      expectedSeconds: 'expectedSeconds' in progress ? progress.expectedSeconds : null,
      doneBytes: 'doneBytes' in progress ? progress.doneBytes : null,
      totalBytes: 'totalBytes' in progress ? progress.totalBytes : null,
    };
    this.#tell({ kind: 'setting-up', step });
  }

  #look(): void {
    const supervisor = this.#engine?.supervisor();
    if (supervisor === undefined) return;
    const { pid, reservedBytes } = supervisor;
    this.#events.use({ pid, reservedBytes });
    if (this.#state.kind === 'ready' && this.#state.workerPid !== pid) this.#tell({ ...this.#state, workerPid: pid });
  }

  #tell(state: EngineState): void {
    this.#state = state;
    this.#events.state(state);
  }
}

function stateOf({ devices, operation, torch }: Probe, workerPid: number | null): EngineState {
  if (operation.kind === 'failed') return { kind: 'impossible', cause: 'proof-failed', sentence: operation.detail };
  const device = devices.find(({ kind }) => kind === operation.device);
  return { kind: 'ready', device: operation.device, name: device?.name ?? '', torch, workerPid };
}

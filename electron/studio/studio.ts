import { release } from 'node:os';
import { join } from 'node:path';
import type { Job } from '../../contract/job.ts';
import type { Model } from '../../contract/model.ts';
import type { Plan } from '../../contract/render.ts';
import { ensureEnvironment, repairEnvironment, type SetupProgress } from './environment/index.ts';
import { interpreter } from './environment/marker.ts';
import type { ImpossibleCause } from './environment/outcome.ts';
import { lookForCard, movesMemory, onlooker, watchedRender, withOthers } from './health/index.ts';
import { type Cancelled, cancelJob, type Engine, type JobChange, JobQueue, JobStore, Wildcards } from './jobs/index.ts';
import { type Exporter, Library, type LibraryChange, startExporter } from './library/index.ts';
import { Listeners } from './listeners.ts';
import { findModel, listModels, verifyModel } from './models/index.ts';
import { Pictures } from './pictures/index.ts';
import { Planner } from './planner/index.ts';
import { Desk, type Presets, Shelf } from './presets/index.ts';
import { Remembered } from './settings/index.ts';
import { BoundedLog, Supervisor, type SupervisorOptions, WorkerFailed } from './sidecar/index.ts';
import { openStore, type Store } from './storage/database.ts';
import { type EngineLock, lockEngine } from './storage/engineLock.ts';
import type { DataPaths } from './storage/paths.ts';
import { startTelemetry, type Telemetry } from './telemetry/index.ts';

export interface StudioOptions {
  paths: DataPaths;
  /** The program's own folder: models that come with it, the worker's source. */
  program: { resources: string; sidecar: string };
  now?: () => number;
  /** Passed on to the supervisor. */
  worker?: Partial<SupervisorOptions>;
}

export type StudioChange =
  | JobChange
  | ({ type: 'library' } & LibraryChange)
  | { type: 'presets' }
  | { type: 'received'; id: string | null };

/** The product without a face: what every host (command line, window, browser) drives. */
export interface Studio {
  paths: DataPaths;
  jobs: JobStore;
  wildcards: Wildcards;
  library: Library;
  pictures: Pictures;
  presets: Presets;
  remembered: Remembered;
  planner: Planner;
  /** Hears of changes to jobs and clips. */
  changes: Listeners<StudioChange>;
  now: () => number;
  modelFolders: readonly string[];
  findModel: (wanted: string) => ReturnType<typeof findModel>;
  listModels: () => ReturnType<typeof listModels>;
  /** Those that can be used. */
  models: () => Promise<Model[]>;
  verifyModel: (model: Model) => ReturnType<typeof verifyModel>;
  /** @throws {TaskFailed} while there is no Python environment. */
  openExporter: () => Exporter;
  /** Whoever wants to render holds this; one at a time in a data folder. */
  holdEngine(): EngineLock;
  /** Holds the engine itself unless it is given a `lock` that is held already, and looks at cards through `telemetry`. */
  startEngine(
    onSetup: (progress: SetupProgress) => void,
    signal?: AbortSignal,
    lock?: EngineLock,
    telemetry?: Telemetry,
  ): Promise<EngineStart>;
  /** When nobody renders, what still counts as running was cut off, and is marked so. */
  settle(): void;
  cancel(job: Job): Promise<Cancelled>;
  dispose(): void;
}

export interface StartedEngine {
  kind: 'started';
  queue: JobQueue;
  supervisor: () => Supervisor;
  /** By which the render that goes on is made; null between two. */
  plan: () => Plan | null;
  /** Mends a Python environment that the worker could not start in. False when that is not possible. */
  repair(signal: AbortSignal): Promise<boolean>;
  stop(): Promise<void>;
}

export type EngineStart =
  | StartedEngine
  | { kind: 'busy' }
  /** The signal was aborted during the set-up. */
  | { kind: 'cancelled' }
  | { kind: 'impossible'; cause: ImpossibleCause; sentence: string };

export function openStudio(options: StudioOptions): Studio {
  const { paths, program, now = Date.now } = options;
  const store = openStore(paths.database);
  const changes = new Listeners<StudioChange>();
  const jobs = new JobStore(store, now, (change) => changes.tell(change));
  const library = new Library(
    store,
    paths.posters,
    now,
    (change) => changes.tell({ type: 'library', ...change }),
    (file) => jobs.isPromised(file),
  );
  const shelf = new Shelf({
    store,
    goldenFolder: join(program.resources, 'presets'),
    now,
    posterOf: (clip) => library.posterOf(clip),
    changed: () => changes.tell({ type: 'presets' }),
  });
  const desk: Desk = new Desk(() => changes.tell({ type: 'received', id: desk.handedIn }));
  const presets = { shelf, desk };
  const modelFolders = [join(program.resources, 'models'), paths.models];
  const studio: Studio = {
    paths,
    jobs,
    wildcards: new Wildcards(store),
    library,
    pictures: new Pictures(paths.pictures),
    presets,
    remembered: new Remembered(store),
    planner: new Planner({
      store,
      now,
      catalogue: join(program.resources, 'catalogue'),
      findModel: (wanted) => findModel(modelFolders, wanted),
    }),
    changes,
    now,
    modelFolders,
    findModel: (wanted) => findModel(modelFolders, wanted),
    listModels: () => listModels(modelFolders),
    models: async () => (await studio.listModels()).flatMap((item) => (item.kind === 'model' ? [item.model] : [])),
    verifyModel: (model) => verifyModel(model, store),
    openExporter: () => startExporter({ python: interpreter(paths.environment), sidecar: program.sidecar }),
    holdEngine: () => lockEngine(paths.engineLock),
    startEngine: (...how) => startEngine(options, studio, store, ...how),
    settle() {
      const lock = studio.holdEngine();
      if (lock.kind === 'busy') return;
      jobs.pauseInterrupted();
      lock.release();
    },
    async cancel(job) {
      const lock = studio.holdEngine();
      if (lock.kind === 'busy') return cancelJob(jobs, paths.jobs, job);
      try {
        // Nobody renders: what still counts as running was cut off.
        jobs.pauseInterrupted();
        return await cancelJob(jobs, paths.jobs, jobs.get(job.id) ?? job);
      } finally {
        lock.release();
      }
    },
    dispose: () => store.close(),
  };
  return studio;
}

async function startEngine(
  options: StudioOptions,
  studio: Studio,
  store: Store,
  onSetup: (progress: SetupProgress) => void,
  signal?: AbortSignal,
  lock: EngineLock = studio.holdEngine(),
  telemetry: Telemetry | null = null,
): Promise<EngineStart> {
  const { paths, program } = options;
  const { jobs, library, modelFolders } = studio;
  if (lock.kind === 'busy') return { kind: 'busy' };
  jobs.pauseInterrupted();

  const setup = {
    folder: paths.environment,
    sidecar: program.sidecar,
    extras: 'runtime',
    onProgress: onSetup,
  } as const;
  const environment = await ensureEnvironment(signal ? { ...setup, signal } : setup).catch((error: unknown) => {
    lock.release();
    if (signal?.aborted) return { kind: 'cancelled' } as const;
    throw error;
  });
  if (environment.kind === 'cancelled') return environment;
  if (environment.kind === 'impossible') {
    lock.release();
    return { kind: 'impossible', cause: environment.cause, sentence: `${environment.sentence} ${environment.action}` };
  }

  const log = new BoundedLog(join(paths.logs, 'worker.log'));
  const newSupervisor = (python: string) =>
    new Supervisor({ python, sidecar: program.sidecar, log, ...options.worker });
  let supervisor = newSupervisor(environment.python);
  supervisor.warm();

  /** The worker that rendered last, and whether it had rendered before. */
  let last: { pid: number | null; used: boolean } = { pid: null, used: false };
  const use = () => ({ pid: supervisor.pid, reservedBytes: supervisor.reservedBytes });
  const watcher = onlooker(telemetry ?? (() => startTelemetry({ clipsFolder: () => paths.clips })), use);
  let plan: Plan | null = null;
  const engine: Engine = {
    async findModel(wanted) {
      const found = await findModel(modelFolders, wanted);
      return found?.kind === 'model' ? found.model : null;
    },
    verifyModel: (model) => verifyModel(model, store),
    async plan(job, model) {
      try {
        // Anew each time: what other programs hold of the card changes.
        const { probe, lost } = await lookForCard(() => supervisor, studio.planner.hasCard);
        if (lost !== null) return { kind: 'failed', failure: await withOthers(lost, studio.planner.card(), watcher) };
        studio.planner.probed(probe, supervisor.reservedBytes);
        return await studio.planner.forJob(job, model);
      } catch (error) {
        if (error instanceof WorkerFailed) return { kind: 'failed', failure: error.failure };
        throw error;
      }
    },
    after: async (job, model, failed) => ({ ...(await studio.planner.after(job, model, failed)), used: last.used }),
    async fresh() {
      if (last.pid !== null && last.pid === supervisor.pid) await supervisor.recycle();
    },
    async render(order, onProgress, abort) {
      const predicted = await studio.planner.predicted(order);
      plan = order.plan;
      const outcome = await watchedRender(
        (hear, signal) => supervisor.render(order, hear, signal, predicted),
        {
          card: order.plan.device === 'cuda' ? studio.planner.card() : null,
          predicted,
          tolerate: order.acceptFrames || !movesMemory(process.platform, release()),
          onlooker: watcher,
        },
        onProgress,
        abort,
      ).finally(() => {
        plan = null;
      });
      const { pid } = supervisor;
      last = { pid, used: pid !== null && pid === last.pid };
      studio.planner.finished(order, outcome, last);
      return outcome;
    },
    async repair(abort) {
      await supervisor.dispose();
      const repaired = await repairEnvironment({ ...setup, signal: abort }).catch((error: unknown) => {
        if (abort.aborted) return null;
        throw error;
      });
      // Mended or not, whoever asks next gets a worker, or the reason why there is none.
      supervisor = newSupervisor(repaired?.kind === 'ready' ? repaired.python : environment.python);
      return repaired?.kind === 'ready';
    },
  };
  return {
    kind: 'started',
    queue: new JobQueue(jobs, library, engine, paths, studio.now),
    supervisor: () => supervisor,
    plan: () => plan,
    repair: (abort) => engine.repair(abort),
    async stop() {
      await supervisor.dispose();
      await watcher.dispose();
      lock.release();
    },
  };
}

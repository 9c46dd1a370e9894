import { join } from 'node:path';
import type { Job } from '../../contract/job.ts';
import type { Model } from '../../contract/model.ts';
import type { EngineStart } from './engine.ts';
import type { SetupProgress } from './environment/index.ts';
import { interpreter } from './environment/marker.ts';
import { type Cancelled, cancelJob, type JobChange, JobStore, Wildcards } from './jobs/index.ts';
import { type Exporter, Library, type LibraryChange } from './library/index.ts';
import { Listeners } from './listeners.ts';
import { findModel, listModels, verifyModel } from './models/index.ts';
import { Pictures } from './pictures/index.ts';
import { Planner } from './planner/index.ts';
import { Desk, type Presets, Shelf } from './presets/index.ts';
import { Remembered } from './settings/index.ts';
import type { SupervisorOptions } from './sidecar/index.ts';
import { openStore } from './storage/database.ts';
import { type EngineLock, lockEngine } from './storage/engineLock.ts';
import type { DataPaths } from './storage/paths.ts';
import type { Telemetry } from './telemetry/index.ts';

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
  openExporter: () => Promise<Exporter>;
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
    async openExporter() {
      const { startExporter } = await import('./library/exporter.ts');
      return startExporter({ python: interpreter(paths.environment), sidecar: program.sidecar });
    },
    holdEngine: () => lockEngine(paths.engineLock),
    async startEngine(...how) {
      // What starts and watches programs is large, and waits until the studio is open.
      const { startEngine } = await import('./engine.ts');
      return startEngine(options, studio, store, ...how);
    },
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

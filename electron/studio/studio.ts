import { join } from 'node:path';
import type { Job } from '../../contract/job.ts';
import type { Model } from '../../contract/model.ts';
import { ensureEnvironment, repairEnvironment, type SetupProgress } from './environment/index.ts';
import { type Cancelled, cancelJob, type Engine, JobQueue, JobStore } from './jobs/index.ts';
import { findModel, listModels, verifyModel } from './models/index.ts';
import { plan } from './planner/plan.ts';
import { BoundedLog, Supervisor, type SupervisorOptions, WorkerFailed } from './sidecar/index.ts';
import { openStore, type Store } from './storage/database.ts';
import { lockEngine } from './storage/engineLock.ts';
import type { DataPaths } from './storage/paths.ts';

export interface StudioOptions {
  paths: DataPaths;
  /** The program's own folder: models that come with it, the worker's source. */
  program: { resources: string; sidecar: string };
  now?: () => number;
  /** Passed on to the supervisor. */
  worker?: Partial<SupervisorOptions>;
}

/** The product without a face: what every host (command line, window, browser) drives. */
export interface Studio {
  paths: DataPaths;
  jobs: JobStore;
  modelFolders: readonly string[];
  findModel: (wanted: string) => ReturnType<typeof findModel>;
  listModels: () => ReturnType<typeof listModels>;
  verifyModel: (model: Model) => ReturnType<typeof verifyModel>;
  startEngine(onSetup: (progress: SetupProgress) => void, signal?: AbortSignal): Promise<EngineStart>;
  /** When nobody renders, what still counts as running was cut off, and is marked so. */
  settle(): void;
  cancel(job: Job): Promise<Cancelled>;
  dispose(): void;
}

export type EngineStart =
  | { kind: 'started'; queue: JobQueue; supervisor: () => Supervisor; stop(): Promise<void> }
  | { kind: 'busy' }
  /** The signal was aborted during the set-up. */
  | { kind: 'cancelled' }
  | { kind: 'impossible'; cause: string; sentence: string };

export function openStudio(options: StudioOptions): Studio {
  const { paths, program } = options;
  const store = openStore(paths.database);
  const jobs = new JobStore(store, options.now ?? Date.now);
  const modelFolders = [join(program.resources, 'models'), paths.models];
  return {
    paths,
    jobs,
    modelFolders,
    findModel: (wanted) => findModel(modelFolders, wanted),
    listModels: () => listModels(modelFolders),
    verifyModel: (model) => verifyModel(model, store),
    startEngine: (onSetup, signal) => startEngine(options, store, jobs, modelFolders, onSetup, signal),
    settle() {
      const lock = lockEngine(paths.engineLock);
      if (lock.kind === 'busy') return;
      jobs.pauseInterrupted();
      lock.release();
    },
    async cancel(job) {
      const lock = lockEngine(paths.engineLock);
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
}

async function startEngine(
  options: StudioOptions,
  store: Store,
  jobs: JobStore,
  modelFolders: readonly string[],
  onSetup: (progress: SetupProgress) => void,
  signal?: AbortSignal,
): Promise<EngineStart> {
  const { paths, program } = options;
  const lock = lockEngine(paths.engineLock);
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

  const engine: Engine = {
    async findModel(wanted) {
      const found = await findModel(modelFolders, wanted);
      return found?.kind === 'model' ? found.model : null;
    },
    verifyModel: (model) => verifyModel(model, store),
    async plan() {
      try {
        return { kind: 'plan', plan: plan(await supervisor.probe()) };
      } catch (error) {
        if (error instanceof WorkerFailed) return { kind: 'failed', failure: error.failure };
        throw error;
      }
    },
    render: (order, onProgress, abort) => supervisor.render(order, onProgress, abort),
    async repair(abort) {
      await supervisor.dispose();
      const repaired = await repairEnvironment({ ...setup, signal: abort }).catch((error: unknown) => {
        if (abort.aborted) return null;
        throw error;
      });
      if (repaired?.kind !== 'ready') return false;
      supervisor = newSupervisor(repaired.python);
      return true;
    },
  };
  return {
    kind: 'started',
    queue: new JobQueue(jobs, engine, paths.jobs),
    supervisor: () => supervisor,
    async stop() {
      await supervisor.dispose();
      lock.release();
    },
  };
}

import { release } from 'node:os';
import { join } from 'node:path';
import type { Plan } from '../../contract/render.ts';
import { ensureEnvironment, repairEnvironment, type SetupProgress } from './environment/index.ts';
import type { ImpossibleCause } from './environment/outcome.ts';
import { lookForCard, movesMemory, onlooker, watchedRender, withOthers } from './health/index.ts';
import { type Engine, JobQueue } from './jobs/index.ts';
import { findModel, verifyModel } from './models/index.ts';
import { BoundedLog, Supervisor, WorkerFailed } from './sidecar/index.ts';
import type { Store } from './storage/database.ts';
import type { EngineLock } from './storage/engineLock.ts';
import type { Studio, StudioOptions } from './studio.ts';
import { startTelemetry, type Telemetry } from './telemetry/index.ts';

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

/** What makes clips: the Python environment, set up if need be, and a worker in it. */
export async function startEngine(
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
  studio.planner.worksWith(() => supervisor.hostBytes);

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
    async plan(job, model, begun) {
      try {
        // Anew each time: what other programs hold of the card changes.
        const { probe, lost } = await lookForCard(() => supervisor, studio.planner.hasCard);
        if (lost !== null) return { kind: 'failed', failure: await withOthers(lost, studio.planner.card(), watcher) };
        studio.planner.probed(probe, supervisor.reservedBytes);
        return await studio.planner.forJob(job, model, begun);
      } catch (error) {
        if (error instanceof WorkerFailed) return { kind: 'failed', failure: error.failure };
        throw error;
      }
    },
    after: async (job, model, failed) => ({ ...(await studio.planner.after(job, model, failed)), used: last.used }),
    async fresh() {
      if (last.pid !== null && last.pid === supervisor.pid) await supervisor.recycle();
    },
    async render(order, onProgress, abort, slow) {
      const predicted = await studio.planner.predicted(order);
      plan = order.plan;
      const outcome = await watchedRender(
        (hear, signal) => supervisor.render(order, hear, signal, predicted),
        {
          card: order.plan.device === 'cuda' ? studio.planner.card() : null,
          predicted,
          tolerate: slow || !movesMemory(process.platform, release()),
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
      studio.planner.worksWith(null);
      await supervisor.dispose();
      await watcher.dispose();
      lock.release();
    },
  };
}

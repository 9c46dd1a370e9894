import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, vi } from 'vitest';
import type { Failure } from '../../../contract/failure.ts';
import type { Job, JobState } from '../../../contract/job.ts';
import type { PlanOption } from '../../../contract/plan.ts';
import type { RecoveryPolicy } from '../../../contract/recovery.ts';
import type { Plan } from '../../../contract/render.ts';
import type { Kept, Progress, RenderOrder, RenderOutcome } from '../../../contract/worker.ts';
import { Library } from '../library/index.ts';
import { readModel } from '../models/index.ts';
import { openStore, type Store } from '../storage/database.ts';
import { type Engine, type Folders, type JobEvent, JobQueue } from './queue.ts';
import { type RenderRequest, requestKey } from './request.ts';
import { type JobChange, JobStore, type NewJob } from './store.ts';

const paperWorld = join(import.meta.dirname, '../../../resources/models/paper-world');

const resident = { kind: 'resident' } as const;
export const whole: Plan = {
  ...{ device: 'cpu', precision: 'float32', checkpointEverySteps: 5 },
  placements: { textEncoder: resident, transformer: resident, vae: resident },
  ...{ storage: { transformer: 'same' }, guidance: 'batched', attention: 'sdpa', compile: false, steps: 'all' },
  decode: { slabRows: null, residentBytes: 0 },
  encode: { slabRows: null, residentBytes: 0 },
  ...{ pinnedBytes: 0, reserveFraction: null },
};
export const inSlabs = (slabRows: number): Plan => ({ ...whole, decode: { slabRows, residentBytes: 0 } });

const phases = { deviceNeed: null, hostBytes: 1, basis: 'guessed' } as const;
export const option = (plan: Plan, moreSeconds: number): PlanOption => ({
  ...{ plan, reasons: [], moreSeconds },
  prediction: { ...phases, phases: [], seconds: 10, stepSeconds: 1 },
});

export const latents: Kept = { kind: 'latents' };
export const noMemory: Failure = {
  ...{ cause: 'device-memory', phase: 'decoding', step: 1, detail: 'Out of memory.' },
  ...{ requestedBytes: 2 ** 30, allocatedBytes: 6 * 2 ** 30, reservedBytes: 6 * 2 ** 30, freeBytes: 0 },
};

export type Act = (
  order: RenderOrder,
  onProgress: (progress: Progress) => void,
  signal: AbortSignal,
) => Promise<RenderOutcome>;

export const fails =
  (failure: Failure, kept: Kept = latents): Act =>
  async ({ jobId }, onProgress) => {
    if (kept.kind !== 'nothing') onProgress({ type: 'saved', jobId, kept });
    return { kind: 'failed', failure };
  };
export const succeeds: Act = async ({ settings: { width, height, frames, fps, seed }, out }) => ({
  ...{ kind: 'done', file: out, bytes: 5, width, height, frames, fps, seed, seconds: 3, replanned: false },
  ...{ phaseSeconds: { decoding: 1 }, phasePeaks: {}, kept: latents },
});
/** Goes on until it is stopped. */
export const lasts: Act = ({ jobId }, onProgress, signal) =>
  new Promise((resolve) => {
    onProgress({ type: 'step', jobId, phase: 'decoding', step: 1, of: 4, seconds: 1 });
    signal.addEventListener('abort', () => resolve({ kind: 'cancelled', phase: 'decoding', kept: latents }));
  });

export const newJob: NewJob = (() => {
  const request: RenderRequest = {
    model: 'paper-world',
    settings: {
      ...{ prompt: 'a ball', negativePrompt: '', image: null, width: 256, height: 160, frames: 17, fps: 8 },
      ...{ steps: 20, guidance: 3, scheduler: 'ddim', seed: 1 },
    },
    ...{ picture: null, memoryLimit: undefined, out: '/clip.mp4', overwrite: false },
  };
  return { ...request, settings: { ...request.settings, seed: 1 }, requestKey: requestKey(request) };
})();

export const slabsOf = (order: RenderOrder | undefined) => order?.plan.decode.slabRows;

/** A queue with one job and an engine that does what it is told to. */
class Scene {
  readonly folder = mkdtempSync(join(tmpdir(), 'reelwright-recovery-'));
  readonly folders: Folders = { jobs: join(this.folder, 'jobs'), cache: join(this.folder, 'cache') };
  store: Store;
  jobs: JobStore;
  library: Library;
  queue: JobQueue;
  job: Job;
  /** What the next renders do. */
  acts: Act[] = [];
  orders: RenderOrder[] = [];
  /** Of each of them, whether it was let go on however slow. */
  slow: boolean[] = [];
  fresh = 0;
  policy: RecoveryPolicy | 'never' = 'countdown';
  alternatives = [option(inSlabs(64), 20), option(inSlabs(32), 40)];
  offered: PlanOption[] = [];
  /** What the next clip is planned by, and what the planner was told of what is kept of it. */
  plan = whole;
  begun: Parameters<Engine['plan']>[2][] = [];
  told: (change: JobChange) => void = () => {};

  constructor() {
    ({ store: this.store, jobs: this.jobs, library: this.library, queue: this.queue } = this.#open());
    const asked = { ...newJob, out: join(this.folder, 'clip.mp4') };
    this.job = this.jobs.add({ ...asked, requestKey: requestKey(asked) });
  }

  /** As at a start of the studio. */
  #open() {
    const store = openStore(join(this.folder, 'store.db'));
    const jobs = new JobStore(store, Date.now, (change) => this.told(change));
    const library = new Library(store, join(this.folder, 'posters'), Date.now);
    return { store, jobs, library, queue: new JobQueue(jobs, library, this.engine(), this.folders) };
  }

  engine(): Engine {
    return {
      findModel: async () => {
        const found = await readModel(paperWorld);
        return found.kind === 'model' ? found.model : null;
      },
      verifyModel: async () => null,
      plan: async (_, __, begun) => {
        this.begun.push(begun);
        return { kind: 'plan', plan: this.plan };
      },
      after: async () => ({ alternatives: this.alternatives, offered: this.offered, remedies: [] }),
      fresh: async () => {
        this.fresh += 1;
      },
      render: (order, onProgress, signal, slow) => {
        this.orders.push(order);
        this.slow.push(slow);
        const act = this.acts.shift();
        return act === undefined
          ? Promise.reject(new Error('Nothing more was to be rendered.'))
          : act(order, onProgress, signal);
      },
      repair: async () => false,
    };
  }

  run(signal = new AbortController().signal, onEvent: (event: JobEvent) => void = () => {}): Promise<JobState> {
    const now = this.jobs.get(this.job.id);
    if (now === null) throw new Error('The job is gone.');
    return this.queue.run(now, onEvent, signal, { policy: () => this.policy });
  }

  /** Nothing more is written by it; then another studio opens what there is. */
  async crash(stop: AbortController, ended: Promise<JobState>): Promise<void> {
    this.store.close();
    stop.abort();
    await expect(ended).rejects.toThrow('not open');
    ({ store: this.store, jobs: this.jobs, library: this.library, queue: this.queue } = this.#open());
    expect(this.jobs.pauseInterrupted()).toBe(1);
  }

  stateNow(): JobState | undefined {
    return this.jobs.get(this.job.id)?.state;
  }

  /** When the job is told to be so. */
  until(is: (state: JobState) => boolean): Promise<JobState> {
    return new Promise((resolve) => {
      this.told = (change) => {
        if (change.type === 'job' && is(change.job.state)) resolve(change.job.state);
      };
    });
  }

  countsDown(): Promise<JobState> {
    return this.until((state) => state.kind === 'recovering' && state.beginsAt !== undefined);
  }

  close(): void {
    this.store.close();
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Another one for each test, by a clock that goes only when it is told to. */
export function recovering(): () => Scene {
  let scene: Scene;
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'], now: 1_700_000_000_000 });
    scene = new Scene();
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.restoreAllMocks();
    scene.close();
  });
  return () => scene;
}

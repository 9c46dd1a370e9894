import { rm } from 'node:fs/promises';
import type { About } from '../../../contract/api.ts';
import type { EngineState } from '../../../contract/engine.ts';
import type { QueueState, Room, StudioEvent } from '../../../contract/events.ts';
import type { Job } from '../../../contract/job.ts';
import type { Settings, SettingsChange } from '../../../contract/settings.ts';
import { busiestProgram, HealthKeeper } from '../health/index.ts';
import { forgetRemoved, tidyKept } from '../jobs/index.ts';
import { LibraryWork } from '../library/index.ts';
import { Listeners } from '../listeners.ts';
import type { Studio } from '../studio.ts';
import { startTelemetry, type TelemetryOptions } from '../telemetry/index.ts';
import { EngineKeeper } from './engine.ts';
import { Night } from './night.ts';
import { placeAnew } from './placing.ts';
import type { Power } from './power.ts';
import { createRouter, type StudioRouter } from './router.ts';
import { Runner } from './runner.ts';
import { createSite } from './site.ts';

/** What a host brings along. */
export interface Abilities {
  host: About['host'];
  version: string;
  /** The system's language, as a BCP 47 tag. */
  locale: string;
  reveal: ((file: string) => void) | null;
  chooseFolder: (() => Promise<string | null>) | null;
  /** Begins to drag a file out of the window. */
  dragOut: ((file: string) => void) | null;
  /** Puts the machine to sleep or shuts it down. */
  power: Power | null;
  telemetry?: Partial<TelemetryOptions>;
  /** How long the engine's start waits for a page to be there first. */
  engineAfterMs?: number;
}

/** So many jobs at once: they are read and written in one breath, and nobody else is served meanwhile. */
const jobsAtOnce = 500;

/** A studio that stays open: its queue runs, and everything that happens is told to those who listen. */
export interface Session {
  router: StudioRouter;
  /** Answers under the page's own origin, beside the page; null for paths that it does not know. */
  site(request: Request): Promise<Response | null>;
  on(listener: (event: StudioEvent) => void): () => void;
  snapshot(): Extract<StudioEvent, { type: 'snapshot' }>;
  /** How everything stands: the snapshot, and the jobs that are not in it, each part as it is read. */
  standing(): Iterable<StudioEvent>;
  settings(): Settings;
  queue(): QueueState;
  engine(): EngineState;
  /** A clip is being made right now. */
  rendering(): boolean;
  /** What is being made, and what would be taken up next. */
  ahead(): Job[];
  /** Hears of every job that came to its end, whichever. */
  onEnded(listener: (job: Job) => void): () => void;
  show(room: Room): void;
  /** Something that a person opened with the studio: it is shown to be looked at. */
  handIn(what: Uint8Array | string): Promise<void>;
  /** @throws {Refused} */
  changeSettings(change: SettingsChange): Promise<Settings>;
  pauseQueue(afterClip?: boolean): Promise<void>;
  resumeQueue(): void;
  /** Pauses the queue until then; null forgets the time. */
  startQueueAt(at: number | null): Promise<void>;
  /** What runs stands at its next step and goes on at the next start. */
  stop(): Promise<void>;
}

export type Opening = { kind: 'open'; session: Session } | { kind: 'busy' };

export function openSession(studio: Studio, abilities: Abilities): Opening {
  const lock = studio.holdEngine();
  if (lock.kind === 'busy') return lock;
  const { jobs, remembered, library, pictures, presets } = studio;
  const listeners = new Listeners<StudioEvent>();
  const endings = new Listeners<Job>();
  const tell = (event: StudioEvent) => listeners.tell(event);
  const clipsFolder = () => remembered.settings().clipsFolder ?? studio.paths.clips;
  const telemetry = startTelemetry({ clipsFolder, ...abilities.telemetry });

  const keeper = new EngineKeeper(
    studio,
    {
      state: (engine) => tell({ type: 'engine', engine }),
      started: (engine) => runner.begin(engine.queue),
      use: (use) => telemetry.ours(use),
    },
    telemetry,
  );
  const health = new HealthKeeper({
    telemetry,
    busiestProgram,
    rendering() {
      const { plan } = keeper;
      const card = plan?.device === 'cuda' ? studio.planner.card() : null;
      return plan !== null && card !== null ? { plan, ...card } : null;
    },
    changed: (now) => tell({ type: 'health', health: now }),
  });
  const runner = new Runner(
    studio,
    {
      live(live) {
        tell({ type: 'live', live });
        health.live(live);
      },
      preview: (part) => tell({ type: 'preview', part }),
      notice: (notice) => tell({ type: 'notice', notice }),
      ended: (job) => endings.tell(job),
      stood() {
        // A pause after a clip tells of itself here.
        queueChanged();
        night.look();
      },
      waits: () => queueChanged(),
    },
    () => keeper.release(),
  );
  const queue = (): QueueState => ({
    paused: remembered.queuePaused,
    because: runner.because,
    pausesAfterClip: runner.pausesAfterClip,
    ...night.state,
  });
  const queueChanged = () => tell({ type: 'queue', queue: queue() });
  const night = new Night({
    now: studio.now,
    startAt: {
      get: () => remembered.queueStartAt,
      set: (at) => {
        remembered.queueStartAt = at;
      },
    },
    power: abilities.power,
    busy: () => runner.busy || work.tasks.busy,
    start: () => session.resumeQueue(),
    changed: queueChanged,
  });
  const tellJobs = (all: readonly Job[]) => {
    for (let from = 0; from < all.length; from += jobsAtOnce)
      tell({ type: 'jobs', jobs: all.slice(from, from + jobsAtOnce) });
  };
  const detach = studio.changes.add((change) => (change.type === 'jobs' ? tellJobs(change.jobs) : tell(change)));
  // On few cores the engine's start would keep the page waiting.
  const engineDue = setTimeout(() => void keeper.start(), abilities.engineAfterMs ?? 2000);
  const pageIsThere = () => void keeper.start();
  const work = new LibraryWork(studio, () => {
    tell({ type: 'settings', settings: remembered.settings() });
    tellJobs(jobs.waiting());
  });
  const snapshot = (first: Job[]): ReturnType<Session['snapshot']> => {
    const { running } = runner;
    const isAmong = running === null || first.some(({ id }) => id === running.id);
    return {
      type: 'snapshot',
      engine: keeper.state,
      queue: queue(),
      jobs: isAmong ? first : [running, ...first],
      live: runner.live,
      health: health.health,
      settings: remembered.settings(),
      received: presets.desk.handedIn,
    };
  };
  const session: Session = {
    router: createRouter({
      studio,
      abilities,
      telemetry,
      runner,
      work,
      night,
      keeper,
      pageIsThere,
      session: () => session,
    }),
    site: createSite(studio, telemetry, work),
    on: (listener) => listeners.add(listener),
    snapshot: () => snapshot(jobs.waitingBehind(null, jobsAtOnce)),
    *standing() {
      let some = jobs.waitingBehind(null, jobsAtOnce);
      yield snapshot(some);
      if (runner.preview !== null) yield { type: 'preview', part: runner.preview };
      for (;;) {
        some = jobs.waitingBehind(some.at(-1) ?? null, jobsAtOnce);
        if (some.length === 0) return;
        yield { type: 'jobs', jobs: some };
      }
    },
    settings: () => remembered.settings(),
    queue,
    engine: () => keeper.state,
    rendering: () => runner.rendering,
    ahead: () => [runner.running, jobs.next()].filter((job) => job !== null),
    onEnded: (listener) => endings.add(listener),
    show: (room) => tell({ type: 'show', room }),
    async handIn(what) {
      await presets.desk.handIn(what);
    },
    async changeSettings(change) {
      const settings = await remembered.change(change);
      tell({ type: 'settings', settings });
      if (change.clipsFolder !== undefined) await placeAnew(studio);
      if (change.recovery !== undefined) runner.recoverBy(change.recovery);
      return settings;
    },
    async pauseQueue(afterClip = false) {
      const standing = afterClip ? runner.pauseAfterClip() : runner.pause();
      queueChanged();
      await standing;
    },
    resumeQueue() {
      remembered.queueStartAt = null;
      runner.resume();
      queueChanged();
    },
    async startQueueAt(at) {
      const standing = at === null ? null : runner.pause();
      night.startAt(at);
      await standing;
    },
    async stop() {
      clearTimeout(engineDue);
      night.dispose();
      detach();
      await work.stop();
      await runner.end();
      health.live(null);
      await keeper.stop();
      await telemetry.dispose();
      lock.release();
    },
  };
  jobs.pauseInterrupted();
  // Nobody is left who could take them back.
  void forgetRemoved(studio, studio.now())
    .then(() => tidyKept(studio))
    .catch((error: unknown) => console.error(error));
  presets.shelf.tidy();
  for (const left of [studio.paths.dragged, studio.paths.calibration])
    void rm(left, { recursive: true, force: true }).catch((error: unknown) => console.error(error));
  void work.takeUp().catch((error: unknown) => console.error(error));
  void library.tidy().catch((error: unknown) => console.error(error));
  void pictures.tidy(usedPictures(studio)).catch((error: unknown) => console.error(error));
  return { kind: 'open', session };
}

/** By jobs in any state, since each can be taken up or made again, and by what is being written. */
function usedPictures({ jobs, remembered }: Studio): Set<string> {
  const draft = remembered.settings().draft;
  const used = jobs.pictures();
  return new Set(draft?.picture ? [...used, draft.picture] : used);
}

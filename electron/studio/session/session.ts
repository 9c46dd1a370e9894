import type { About } from '../../../contract/api.ts';
import type { Room, StudioEvent } from '../../../contract/events.ts';
import type { Job } from '../../../contract/job.ts';
import type { Settings, SettingsChange } from '../../../contract/settings.ts';
import { Listeners } from '../listeners.ts';
import type { Studio } from '../studio.ts';
import { startTelemetry, type TelemetryOptions } from '../telemetry/index.ts';
import { EngineKeeper } from './engine.ts';
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
  telemetry?: Partial<TelemetryOptions>;
  /** How long the engine's start waits for a page to be there first. */
  engineAfterMs?: number;
}

/** A studio that stays open: its queue runs, and everything that happens is told to those who listen. */
export interface Session {
  router: StudioRouter;
  /** Answers under the page's own origin, beside the page; null for paths that it does not know. */
  site(request: Request): Promise<Response | null>;
  on(listener: (event: StudioEvent) => void): () => void;
  snapshot(): Extract<StudioEvent, { type: 'snapshot' }>;
  /** A clip is being made right now. */
  rendering(): boolean;
  /** Hears of every job that came to its end, whichever. */
  onEnded(listener: (job: Job) => void): () => void;
  show(room: Room): void;
  /** @throws {Refused} */
  changeSettings(change: SettingsChange): Promise<Settings>;
  pauseQueue(): Promise<void>;
  resumeQueue(): void;
  /** What runs stands at its next step and goes on at the next start. */
  stop(): Promise<void>;
}

export type Opening = { kind: 'open'; session: Session } | { kind: 'busy' };

export function openSession(studio: Studio, abilities: Abilities): Opening {
  const lock = studio.holdEngine();
  if (lock.kind === 'busy') return lock;
  const { jobs, remembered, library, pictures } = studio;
  const listeners = new Listeners<StudioEvent>();
  const endings = new Listeners<Job>();
  const tell = (event: StudioEvent) => listeners.tell(event);
  const clipsFolder = () => remembered.settings().clipsFolder ?? studio.paths.clips;
  const telemetry = startTelemetry({ clipsFolder, ...abilities.telemetry });

  const keeper = new EngineKeeper(studio, {
    state: (engine) => tell({ type: 'engine', engine }),
    started: (engine) => runner.begin(engine.queue),
    use: (use) => telemetry.ours(use),
  });
  const runner = new Runner(
    studio,
    {
      live: (live) => tell({ type: 'live', live }),
      preview: (preview) => tell({ type: 'preview', preview }),
      notice: (notice) => tell({ type: 'notice', notice }),
      ended: (job) => endings.tell(job),
    },
    () => keeper.release(),
  );
  const queueChanged = () => tell({ type: 'queue', queue: { paused: remembered.queuePaused } });
  const detach = studio.changes.add((change) => {
    if (change.type === 'job') tell({ type: 'job', job: change.job });
    else if (change.type === 'removed') tell({ type: 'job-removed', id: change.id });
    else tell(change);
  });
  // On few cores the engine's start would keep the page waiting.
  const engineDue = setTimeout(() => void keeper.start(), abilities.engineAfterMs ?? 2000);
  const pageIsThere = () => void keeper.start();
  const session: Session = {
    router: createRouter({ studio, abilities, telemetry, runner, keeper, pageIsThere, session: () => session }),
    site: createSite(studio, telemetry),
    on: (listener) => listeners.add(listener),
    snapshot: () => ({
      type: 'snapshot',
      engine: keeper.state,
      queue: { paused: remembered.queuePaused },
      jobs: jobs.waiting(),
      live: runner.live,
      settings: remembered.settings(),
    }),
    rendering: () => runner.rendering,
    onEnded: (listener) => endings.add(listener),
    show: (room) => tell({ type: 'show', room }),
    async changeSettings(change) {
      const settings = await remembered.change(change);
      tell({ type: 'settings', settings });
      return settings;
    },
    async pauseQueue() {
      const standing = runner.pause();
      queueChanged();
      await standing;
    },
    resumeQueue() {
      runner.resume();
      queueChanged();
    },
    async stop() {
      clearTimeout(engineDue);
      detach();
      await runner.end();
      await keeper.stop();
      await telemetry.dispose();
      lock.release();
    },
  };
  jobs.pauseInterrupted();
  studio.presets.tidy();
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

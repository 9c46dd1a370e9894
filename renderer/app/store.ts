import { create } from 'zustand';
import type { About } from '../../contract/api.ts';
import type { EngineState, Live, Notice, Preview } from '../../contract/engine.ts';
import type { QueueState, StudioEvent } from '../../contract/events.ts';
import { goesOnByItself, type Job, runningKinds } from '../../contract/job.ts';
import type { Model } from '../../contract/model.ts';
import { Settings } from '../../contract/settings.ts';
import type { Preset } from '../../contract/storedPreset.ts';

export interface StudioState {
  /** `denied`: the studio is there, and this page has to be opened anew. */
  connection: 'connecting' | 'open' | 'lost' | 'denied';
  /** Everything below is true, or was until the connection was lost. Rooms are drawn only then. */
  known: boolean;
  about: About | null;
  models: readonly Model[];
  presets: readonly Preset[];
  engine: EngineState;
  queue: QueueState;
  /** Those that are not done, in the order of the queue. */
  jobs: readonly Job[];
  live: Live | null;
  preview: Preview | null;
  notices: readonly Notice[];
  settings: Settings;
  /** The clip that was finished last while this page was open. */
  lastDone: Job | null;
  /** Another number when something in the library changed. */
  libraryVersion: number;
  /** What the host was handed last, to be looked at. */
  received: string | null;
}

const atFirst: StudioState = {
  connection: 'connecting',
  known: false,
  about: null,
  models: [],
  presets: [],
  engine: { kind: 'starting' },
  queue: { paused: false },
  jobs: [],
  live: null,
  preview: null,
  notices: [],
  settings: Settings.parse({}),
  lastDone: null,
  libraryVersion: 0,
  received: null,
};

/** What the studio told, and nothing else: the page's own state lives where it is shown. */
export const useStudio = create<StudioState>()(() => atFirst);

const inOrder = (jobs: readonly Job[]): Job[] => [...jobs].sort((a, b) => a.position - b.position);

/** Notices are kept for as long as one may still be looking at the job they are about. */
const noticesKept = 20;

/** What an event changes. */
export function afterEvent(state: StudioState, event: StudioEvent): Partial<StudioState> {
  switch (event.type) {
    case 'snapshot':
      return {
        connection: 'open',
        known: true,
        engine: event.engine,
        queue: event.queue,
        jobs: inOrder(event.jobs),
        live: event.live,
        preview: state.preview?.jobId === event.live?.jobId ? state.preview : null,
        settings: event.settings,
        // What was told while nobody listened is unknown.
        libraryVersion: state.libraryVersion + 1,
        received: event.received,
      };
    case 'engine':
      return { engine: event.engine };
    case 'queue':
      return { queue: event.queue };
    case 'job': {
      const others = state.jobs.filter((job) => job.id !== event.job.id);
      if (event.job.state.kind === 'done') return { jobs: others, lastDone: event.job };
      return { jobs: inOrder([...others, event.job]) };
    }
    case 'job-removed':
      return {
        jobs: state.jobs.filter((job) => job.id !== event.id),
        notices: state.notices.filter((notice) => notice.jobId !== event.id),
      };
    case 'live': {
      const gone = state.preview && state.preview.jobId !== event.live?.jobId;
      return gone ? { live: event.live, preview: null } : { live: event.live };
    }
    case 'preview':
      return { preview: event.preview };
    case 'notice':
      return { notices: [...state.notices, event.notice].slice(-noticesKept) };
    case 'library':
      return { libraryVersion: state.libraryVersion + 1 };
    case 'received':
      return { received: event.id };
    case 'settings':
      return { settings: event.settings };
    // The window goes there; the list is read again.
    case 'show':
    case 'presets':
      return {};
  }
}

export const isRunning = (job: Job): boolean => runningKinds.some((kind) => kind === job.state.kind);

/** It is being made, or will be without being asked for. */
export const isInLine = (job: Job): boolean => isRunning(job) || goesOnByItself(job.state);

/** The job that is worked on right now. */
export const runningJob = (state: StudioState): Job | null => state.jobs.find(isRunning) ?? null;

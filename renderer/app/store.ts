import { create } from 'zustand';
import type { About } from '../../contract/api.ts';
import type { EngineState, Live, Notice } from '../../contract/engine.ts';
import type { QueueState, StudioEvent } from '../../contract/events.ts';
import { goesOnByItself, isRunning, type Job } from '../../contract/job.ts';
import type { Model } from '../../contract/model.ts';
import { joined, type Preview } from '../../contract/preview.ts';
import { Settings } from '../../contract/settings.ts';
import type { Preset } from '../../contract/storedPreset.ts';
import type { Health } from '../../contract/telemetry.ts';

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
  /** What the readings say of the render that goes on. */
  health: Health;
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
  queue: { paused: false, because: null, startAt: null, pausesAfterClip: false, whenDone: 'nothing', endsAt: null },
  jobs: [],
  live: null,
  health: { kind: 'healthy' },
  preview: null,
  notices: [],
  settings: Settings.parse({}),
  lastDone: null,
  libraryVersion: 0,
  received: null,
};

/** What the studio told, and nothing else: the page's own state lives where it is shown. */
export const useStudio = create<StudioState>()(() => atFirst);

const before = (one: Job, other: Job): number =>
  one.position - other.position || (one.id < other.id ? -1 : one.id > other.id ? 1 : 0);

const inOrder = (jobs: readonly Job[]): Job[] => [...jobs].sort(before);

/** There may be ten thousand: one that changes in its place costs no sorting, one that moves none of the others. */
function withJob(jobs: readonly Job[], job: Job): Job[] {
  const at = jobs.findIndex(({ id }) => id === job.id);
  const next = [...jobs];
  if (at >= 0 && jobs[at]?.position === job.position) {
    next[at] = job;
    return next;
  }
  if (at >= 0) next.splice(at, 1);
  let [from, to] = [0, next.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    const there = next[middle];
    if (there !== undefined && before(there, job) < 0) from = middle + 1;
    else to = middle;
  }
  next.splice(from, 0, job);
  return next;
}

/** Notices are kept for as long as one may still be looking at the job they are about. */
const noticesKept = 20;

/** The preview of what renders; and of what stands still because it failed. */
function isSeen(id: string, live: Live | null, jobs: readonly Job[]): boolean {
  if (live !== null) return live.jobId === id;
  const kind = jobs.find((job) => job.id === id)?.state.kind;
  return kind === 'recovering' || kind === 'failed';
}

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
        health: event.health,
        preview: state.preview && isSeen(state.preview.jobId, event.live, event.jobs) ? state.preview : null,
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
      if (event.job.state.kind !== 'done') return { jobs: withJob(state.jobs, event.job) };
      return { jobs: state.jobs.filter((job) => job.id !== event.job.id), lastDone: event.job };
    }
    case 'jobs': {
      const changed = new Set(event.jobs.map(({ id }) => id));
      return { jobs: inOrder([...state.jobs.filter(({ id }) => !changed.has(id)), ...event.jobs]) };
    }
    case 'jobs-removed': {
      const gone = new Set(event.ids);
      return {
        jobs: state.jobs.filter(({ id }) => !gone.has(id)),
        notices: state.notices.filter(({ jobId }) => !gone.has(jobId)),
      };
    }
    case 'live': {
      const gone = state.preview && !isSeen(state.preview.jobId, event.live, state.jobs);
      return gone ? { live: event.live, preview: null } : { live: event.live };
    }
    case 'health':
      return { health: event.health };
    case 'preview':
      return { preview: joined(state.preview, event.part) };
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

/** It is being made, or will be without being asked for. */
export const isInLine = (job: Job): boolean => isRunning(job.state) || goesOnByItself(job.state);

/** Read off the jobs once for each state of them, however many ask and however often. */
function ofJobs<Value>(read: (jobs: readonly Job[]) => Value): (state: Pick<StudioState, 'jobs'>) => Value {
  let last: { jobs: readonly Job[]; value: Value } | null = null;
  return ({ jobs }) => {
    if (last?.jobs !== jobs) last = { jobs, value: read(jobs) };
    return last.value;
  };
}

/** The job that is worked on right now. */
export const runningJob = ofJobs((jobs): Job | null => jobs.find(({ state }) => isRunning(state)) ?? null);
export const countInLine = ofJobs((jobs) => jobs.filter(isInLine).length);
/** One failed, or is about to be recovered unless somebody says otherwise. */
export const anyNeedsYou = ofJobs((jobs) =>
  jobs.some(({ state }) => state.kind === 'failed' || (state.kind === 'recovering' && state.beginsAt !== undefined)),
);

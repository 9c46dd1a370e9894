import type { Job, JobState } from '../../../contract/job.ts';
import type { Pace } from '../../../contract/pace.ts';
import { departureOf } from '../../../contract/shortcut.ts';
import { calculatedSteps } from '../../../contract/stepCache.ts';
import { median } from './timeLeft.ts';

/** The latest ones count: the machine may have changed. */
const counted = 5;
/** A clip that begins so soon after another one finds its model in memory. */
const followsWithinMs = 30_000;

type Done = Extract<JobState, { kind: 'done' }>;
interface Seen {
  job: Job;
  state: Done;
  warm: boolean;
  /** Seconds that belong to no phase: from the end of the clip before it, where one was. */
  besides: number;
}

/** What clips took on this machine, kind by kind. `done` are finished jobs, newest first. */
export function pacesOf(done: readonly Job[]): Pace[] {
  const kinds = new Map<string, Seen[]>();
  for (const [at, job] of done.entries()) {
    const { state } = job;
    if (state.kind !== 'done' || state.resumed || state.phaseSeconds.denoising === undefined) continue;
    const { width, height, frames, guidance } = job.settings;
    const key = JSON.stringify([job.model, width, height, frames, guidance > 1, state.shortcut]);
    const begun = job.updatedAt - state.seconds * 1000;
    const before = done[at + 1];
    const follows = before !== undefined && begun - before.updatedAt < followsWithinMs;
    const warm = follows && before.model === job.model;
    const phases = Object.values(state.phaseSeconds).reduce((sum, each) => sum + each, 0);
    const between = follows ? Math.max(0, begun - before.updatedAt) / 1000 : 0;
    const besides = between + Math.max(0, state.seconds - phases);
    kinds.set(key, [...(kinds.get(key) ?? []), { job, state, warm, besides }]);
  }
  return [...kinds.values()].map(paceOf);
}

function paceOf(all: readonly Seen[]): Pace {
  const [first] = all as [Seen];
  const seen = all.slice(0, counted);
  const of = (read: (each: Seen) => number | undefined, from = seen) =>
    median(from.flatMap((each) => read(each) ?? []).slice(0, counted));
  const loading = (warm: boolean) =>
    of(
      ({ state, besides }) =>
        state.phaseSeconds.loading === undefined ? undefined : state.phaseSeconds.loading + besides,
      all.filter((each) => each.warm === warm),
    );
  const { width, height, frames, guidance } = first.job.settings;
  const { shortcut = null } = first.state;
  const { steps } = departureOf(shortcut);
  return {
    ...{ model: first.job.model, width, height, frames, guided: guidance > 1, shortcut },
    loadingWarm: loading(true),
    loadingCold: loading(false),
    encoding: of(({ state }) => state.phaseSeconds.encoding),
    step: of(({ job, state }) => (state.phaseSeconds.denoising ?? 0) / calculatedSteps(job.settings.steps, steps)) ?? 0,
    decoding: of(({ state }) => state.phaseSeconds.decoding),
    finishing: of(({ state }) => state.phaseSeconds.finishing),
  };
}

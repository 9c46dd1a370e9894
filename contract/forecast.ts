import type { Live } from './engine.ts';
import type { Job } from './job.ts';
import type { Pace } from './pace.ts';
import type { PhaseSeconds } from './render.ts';
import { departureOf } from './shortcut.ts';
import { calculatedLeft } from './stepCache.ts';
import type { Kept } from './worker.ts';

type Kind = Pick<Pace, 'model' | 'width' | 'height' | 'frames' | 'guided' | 'shortcut'>;

/** What is left to be made, as far as it is known. */
export interface Forecast {
  seconds: number;
  /** Clips of which nothing like them was ever made here. */
  unknown: number;
}

const kindOf = ({ model, settings, shortcut }: Job): Kind => ({
  model,
  width: settings.width,
  height: settings.height,
  frames: settings.frames,
  guided: settings.guidance > 1,
  shortcut: shortcut ?? null,
});

const keyOf = ({ model, width, height, frames, guided, shortcut }: Kind): string =>
  `${width}x${height}x${frames} ${guided} ${shortcut} ${model}`;

/** Patches of the latents, on which the time of a step depends; and pixels, on which that of a decode does. */
const tokensOf = ({ width, height, frames }: Kind): number =>
  (width / 16) * (height / 16) * (Math.ceil((frames - 1) / 4) + 1);
const pixelsOf = ({ width, height, frames }: Kind): number => width * height * frames;

/** With guidance every step is calculated twice. */
const passes = (guided: boolean): number => (guided ? 2 : 1);

/** How the time of a step grows with its tokens: from two kinds of clips of a model, else in proportion. */
function growth(paces: readonly Pace[]): number {
  const sorted = [...paces].sort((one, other) => tokensOf(one) - tokensOf(other));
  const [small, large] = [sorted[0], sorted.at(-1)];
  if (small === undefined || large === undefined || tokensOf(large) < 1.2 * tokensOf(small)) return 1;
  const each = (pace: Pace) => pace.step / passes(pace.guided);
  const exponent = Math.log(each(large) / each(small)) / Math.log(tokensOf(large) / tokensOf(small));
  return Number.isFinite(exponent) ? Math.min(2, Math.max(0.3, exponent)) : 1;
}

/** What a kind of clip takes; from the one most like it when it was not made yet. Null when none of its model was. */
function paceFor(kind: Kind, paces: readonly Pace[]): Pace | null {
  const same = paces.find((pace) => keyOf(pace) === keyOf(kind));
  if (same !== undefined) return same;
  const known = paces.filter(({ model, step }) => model === kind.model && step > 0);
  const far = (pace: Pace) =>
    Math.abs(Math.log(tokensOf(kind) / tokensOf(pace))) +
    (pace.guided === kind.guided ? 0 : 0.1) +
    (pace.shortcut === kind.shortcut ? 0 : 0.05);
  const nearest = [...known].sort((one, other) => far(one) - far(other))[0];
  if (nearest === undefined) return null;
  const tokens = tokensOf(kind) / tokensOf(nearest);
  const pixels = pixelsOf(kind) / pixelsOf(nearest);
  const step = nearest.step * tokens ** growth(known) * (passes(kind.guided) / passes(nearest.guided));
  const scaled = (seconds: number | null) => (seconds === null ? null : seconds * pixels);
  return { ...nearest, ...kind, step, decoding: scaled(nearest.decoding), finishing: scaled(nearest.finishing) };
}

const summed = (parts: readonly (number | null)[]): Forecast => ({
  seconds: parts.reduce<number>((sum, part) => sum + (part ?? 0), 0),
  unknown: parts.filter((part) => part === null).length,
});

export const both = (one: Forecast, other: Forecast): Forecast => ({
  seconds: one.seconds + other.seconds,
  unknown: one.unknown + other.unknown,
});

const keptOf = (job: Job): Kept => ('kept' in job.state ? job.state.kept : { kind: 'nothing' });

/** In which the denoiser runs. */
function stepsLeft({ settings, shortcut }: Job, kept: Kept): number {
  if (kept.kind === 'latents') return 0;
  const done = kept.kind === 'checkpoint' ? kept.step : 0;
  return calculatedLeft(settings.steps, departureOf(shortcut).steps, done);
}

/** Seconds by what was measured on this machine. Made anew when the measures are. */
export class Forecaster {
  readonly #paces: readonly Pace[];
  readonly #known = new Map<string, Pace | null>();
  readonly #models = new Map<string, Record<'loadingWarm' | 'loadingCold' | 'encoding', number>>();

  constructor(paces: readonly Pace[]) {
    this.#paces = paces;
  }

  #pace(job: Job): Pace | null {
    const kind = kindOf(job);
    const key = keyOf(kind);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const pace = paceFor(kind, this.#paces);
    this.#known.set(key, pace);
    return pace;
  }

  /** What takes as long whatever the shape. */
  #ofModel(model: string): Record<'loadingWarm' | 'loadingCold' | 'encoding', number> {
    const before = this.#models.get(model);
    if (before !== undefined) return before;
    const paces = this.#paces.filter((pace) => pace.model === model);
    const middle = (part: 'loadingWarm' | 'loadingCold' | 'encoding') => {
      const sorted = paces.flatMap((pace) => pace[part] ?? []).sort((one, other) => one - other);
      return sorted[Math.floor(sorted.length / 2)] ?? 0;
    };
    const loadingWarm = middle('loadingWarm');
    const made = { loadingWarm, loadingCold: middle('loadingCold') || loadingWarm, encoding: middle('encoding') };
    this.#models.set(model, made);
    return made;
  }

  /** What a job will take; `warm` when its model is in memory by then. Null when nothing like it was ever made. */
  seconds(job: Job, warm: boolean, kept = keptOf(job)): number | null {
    const pace = this.#pace(job);
    if (pace === null) return null;
    const ofModel = this.#ofModel(job.model);
    const encoding = kept.kind === 'nothing' ? (pace.encoding ?? ofModel.encoding) : 0;
    const loading = warm ? ofModel.loadingWarm : ofModel.loadingCold;
    return loading + encoding + stepsLeft(job, kept) * pace.step + (pace.decoding ?? 0) + (pace.finishing ?? 0);
  }

  /** What each phase of a whole clip takes, its model being in memory. Null when nothing like it was ever made. */
  phases(job: Job): PhaseSeconds | null {
    const pace = this.#pace(job);
    if (pace === null) return null;
    const { loadingWarm, encoding } = this.#ofModel(job.model);
    return {
      ...{
        loading: loadingWarm,
        encoding: pace.encoding ?? encoding,
        denoising: stepsLeft(job, { kind: 'nothing' }) * pace.step,
      },
      ...(pace.decoding === null ? {} : { decoding: pace.decoding }),
      ...(pace.finishing === null ? {} : { finishing: pace.finishing }),
    };
  }

  /** Of all that goes on by itself, in its order, behind what runs. */
  queue(running: readonly Job[], waiting: readonly Job[], live: Live | null, now: number): Forecast {
    return both(this.running(running, live, now), this.waiting(waiting, running));
  }

  /** Of what runs: another one with every step. */
  running(jobs: readonly Job[], live: Live | null, now: number): Forecast {
    return summed(jobs.map((job) => this.#running(job, live?.jobId === job.id ? live : null, now)));
  }

  /** Of what goes on by itself behind what runs: the same from one step to the next. */
  waiting(jobs: readonly Job[], running: readonly Job[]): Forecast {
    return summed(jobs.map((job, at) => this.seconds(job, (jobs[at - 1] ?? running.at(-1))?.model === job.model)));
  }

  /** By its own pace once it has one; before that, by what is expected of it less what has passed. */
  #running(job: Job, live: Live | null, now: number): number | null {
    const pace = this.#pace(job);
    if (live === null) return this.seconds(job, false);
    if (live.secondsLeft !== null) return live.secondsLeft;
    const here = Math.max(0, (now - live.phaseSince) / 1000);
    if (pace === null) return null;
    const { finishing } = pace;
    if (live.phase === 'finishing') return Math.max(0, (finishing ?? 0) - here);
    if (live.phase === 'decoding') return Math.max(0, (pace.decoding ?? 0) - here) + (finishing ?? 0);
    const passed = Object.values(live.phaseSeconds).reduce((sum, each) => sum + each, 0) + here;
    return Math.max(0, (this.seconds(job, (live.phaseSeconds.loading ?? here) < 1, live.kept) ?? 0) - passed);
  }
}

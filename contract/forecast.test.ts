import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pacesOf } from '../electron/studio/jobs/paces.ts';
import { jobOf } from '../renderer/rooms/queue/job.fixture.ts';
import type { Live } from './engine.ts';
import { Forecaster } from './forecast.ts';
import type { Job, JobState } from './job.ts';
import type { PhaseSeconds } from './render.ts';

/** A machine as it might be: what a clip takes on it, in seconds. */
interface Machine {
  load: number;
  encode: number;
  perToken: number;
  exponent: number;
  overhead: number;
  perPixel: number;
  /** No two clips take just the same: up to this share more or less. */
  unrest: number;
  /** From the end of one clip to the beginning of the next. */
  between: number;
}

type Settings = Job['settings'];
const { settings: base } = jobOf('base');

function took(machine: Machine, settings: Settings, warm: boolean, unrest: () => number): PhaseSeconds {
  const tokens = (settings.width / 16) * (settings.height / 16) * (Math.ceil((settings.frames - 1) / 4) + 1);
  const pixels = settings.width * settings.height * settings.frames;
  const step = (machine.overhead + machine.perToken * tokens ** machine.exponent) * (settings.guidance > 1 ? 2 : 1);
  return {
    loading: (warm ? 0.02 : machine.load) * unrest(),
    encoding: machine.encode * unrest(),
    denoising: step * settings.steps * unrest(),
    decoding: machine.perPixel * pixels * unrest(),
    finishing: 0.2 * unrest(),
  };
}

const whole = (seconds: PhaseSeconds) => Object.values(seconds).reduce((sum, each) => sum + each, 0);

/** The same numbers for the same seed. */
function dice(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Renders jobs one after the other, and gives them as they are afterwards, newest first. */
function render(machine: Machine, jobs: readonly Job[], random: () => number): Job[] {
  let now = 0;
  let model: string | null = null;
  const done = jobs.map((job) => {
    const unrest = () => 1 + machine.unrest * (2 * random() - 1);
    const phaseSeconds = took(machine, job.settings, job.model === model, unrest);
    const seconds = whole(phaseSeconds);
    model = job.model;
    now += (machine.between + seconds) * 1000;
    return { ...job, updatedAt: now, state: { kind: 'done', bytes: 1, seconds, phaseSeconds } as const };
  });
  return done.reverse();
}

/** From the beginning to the end of the last one. */
const secondsOf = (done: readonly Job[]) => (done[0]?.updatedAt ?? 0) / 1000;

const models = ['a', 'b'];
const shapes = [
  { width: 96, height: 64, frames: 17 },
  { width: 256, height: 160, frames: 17 },
  { width: 256, height: 160, frames: 33 },
  { width: 720, height: 480, frames: 49 },
];
const kinds = models.flatMap((model) =>
  shapes.flatMap((shape) => [1, 6].map((guidance) => ({ model, settings: { ...base, ...shape, guidance } }))),
);
const machine = fc.record({
  load: fc.double({ min: 0.5, max: 40, noNaN: true }),
  encode: fc.double({ min: 0.05, max: 3, noNaN: true }),
  perToken: fc.double({ min: 1e-6, max: 1e-3, noNaN: true }),
  exponent: fc.double({ min: 1, max: 1.6, noNaN: true }),
  overhead: fc.double({ min: 0.001, max: 0.05, noNaN: true }),
  perPixel: fc.double({ min: 1e-8, max: 3e-6, noNaN: true }),
  unrest: fc.double({ min: 0, max: 0.08, noNaN: true }),
  between: fc.double({ min: 0, max: 0.5, noNaN: true }),
});

describe('the time that a mixed queue takes', () => {
  it('is told within 15 % after one clip of each kind', () => {
    const order = fc.array(fc.tuple(fc.nat(kinds.length - 1), fc.integer({ min: 2, max: 60 })), {
      minLength: 20,
      maxLength: 120,
    });
    fc.assert(
      fc.property(machine, order, fc.nat(), (made, list, seed) => {
        const random = dice(seed);
        // Of each kind one, so that of each model one was loaded and the next ones found it.
        const seen = render(
          made,
          kinds.map((kind, at) => jobOf(`seen ${at}`, kind)),
          random,
        );
        const queue = list.map(([kind, steps], at) => {
          const { model, settings } = kinds[kind] as (typeof kinds)[number];
          return jobOf(`job ${at}`, { model, settings: { ...settings, steps } });
        });
        const told = new Forecaster(pacesOf(seen)).queue([], queue, null, 0);
        const real = secondsOf(render(made, queue, random));
        expect(told.unknown).toBe(0);
        expect(Math.abs(told.seconds - real) / real).toBeLessThan(0.15);
      }),
      { numRuns: 200 },
    );
  });

  it('is told for shapes that were never made, by those that were', () => {
    const quiet: Machine = {
      load: 4,
      encode: 0.2,
      perToken: 1e-4,
      exponent: 1.3,
      overhead: 0,
      perPixel: 1e-6,
      unrest: 0,
      between: 0,
    };
    const [small, middle, , large] = shapes;
    const seen = [small, large].map((shape, at) => jobOf(`${at}`, { settings: { ...base, ...shape, steps: 20 } }));
    const wanted = jobOf('new', { settings: { ...base, ...middle, steps: 30 } });
    const told = new Forecaster(pacesOf(render(quiet, seen, () => 0.5))).seconds(wanted, true);
    const real = whole(took(quiet, wanted.settings, true, () => 1));
    expect(Math.abs((told ?? 0) - real) / real).toBeLessThan(0.15);
  });
});

it('a clip whose steps are cached takes as long as those that are calculated, made with it before or not', () => {
  const clip = (id: string, steps: number, change: Partial<Job> = {}) =>
    jobOf(id, { settings: { ...base, steps }, ...change });
  const made = { kind: 'done', bytes: 1, seconds: 20 } as const;
  const exactly = clip('exact', 20, { state: { ...made, phaseSeconds: { denoising: 20 } } });
  const wanted = clip('new', 50, { shortcut: 'cached-steps' });
  expect(new Forecaster(pacesOf([exactly])).phases(wanted)?.denoising).toBe(30);
  expect(new Forecaster(pacesOf([exactly])).phases(clip('new', 50))?.denoising).toBe(50);
  // Of 20 steps 14 were calculated.
  const state = { ...made, phaseSeconds: { denoising: 28 }, shortcut: 'cached-steps' } as const;
  const both = new Forecaster(pacesOf([clip('cached', 20, { state }), exactly]));
  expect(both.phases(wanted)?.denoising).toBe(60);
  expect(both.phases(clip('new', 50))?.denoising).toBe(50);
  const half = { ...wanted, state: { kind: 'queued', kept: { kind: 'checkpoint', step: 30 } } } as const;
  expect(both.seconds(half, true)).toBe(2 * 10);
});

const done = (phaseSeconds: PhaseSeconds): JobState => ({ kind: 'done', bytes: 1, seconds: 10, phaseSeconds });
const before = { encoding: 1, denoising: 7, decoding: 1.5, finishing: 0.5 };
const forecaster = new Forecaster(pacesOf([jobOf('before', { state: done(before) })]));

describe('what a job will take', () => {
  const { settings } = jobOf('a');

  it('follows the steps', () => {
    expect(forecaster.seconds(jobOf('a'), true)).toBeCloseTo(10);
    expect(forecaster.seconds(jobOf('a', { settings: { ...settings, steps: 40 } }), true)).toBeCloseTo(17);
    expect(forecaster.seconds(jobOf('a', { settings: { ...settings, guidance: 1 } }), true)).toBeCloseTo(6.5);
  });

  it('is less by what is kept', () => {
    const state = { kind: 'paused', reason: 'asked', kept: { kind: 'checkpoint', step: 10 } } as const;
    expect(forecaster.seconds(jobOf('a', { state }), true)).toBeCloseTo(5.5);
    const decoded = { kind: 'paused', reason: 'queue', kept: { kind: 'latents' } } as const;
    expect(forecaster.seconds(jobOf('a', { state: decoded }), true)).toBeCloseTo(2);
  });

  it('is not learnt from a clip that was half made before', () => {
    const { state } = jobOf('half', { state: done({ denoising: 0.7, decoding: 1.5 }) });
    const half = jobOf('half', { state: { ...(state as typeof state & { kind: 'done' }), resumed: true } });
    expect(pacesOf([half, jobOf('before', { state: done(before) })])[0]?.step).toBeCloseTo(7 / 20);
  });

  it('is not guessed from another model', () => {
    expect(forecaster.seconds(jobOf('a', { model: 'other' }), true)).toBeNull();
    expect(forecaster.phases(jobOf('a', { model: 'other' }))).toBeNull();
  });

  it('is known by phase: denoising grows with the steps, and nothing else does', () => {
    const latest = [10, 12, 90].map((denoising) => jobOf('made', { state: done({ ...before, denoising }) }));
    const twice = { ...settings, steps: 2 * settings.steps };
    const phases = new Forecaster(pacesOf(latest)).phases(jobOf('a', { settings: twice }));
    expect(phases?.denoising).toBeCloseTo(24);
    expect(phases).toMatchObject({ encoding: 1, decoding: 1.5, finishing: 0.5 });
  });
});

describe('the time left', () => {
  const running = [jobOf('running', { state: { kind: 'denoising', step: 3, of: 20 } })];
  const live = (secondsLeft: number | null): Live => ({
    jobId: 'running',
    phase: 'denoising',
    step: 3,
    of: 20,
    secondsAStep: 0.35,
    secondsLeft,
    phaseSeconds: { encoding: 1 },
    phaseSince: 1000,
    kept: { kind: 'nothing' },
  });

  it('counts what runs by its own pace, and says what is not known', () => {
    expect(forecaster.queue(running, [jobOf('a'), jobOf('b')], live(4), 0)).toEqual({ seconds: 24, unknown: 0 });
    expect(forecaster.queue(running, [jobOf('a', { model: 'other' })], live(4), 0)).toEqual({ seconds: 4, unknown: 1 });
    expect(new Forecaster([]).queue([], [jobOf('a')], null, 0)).toEqual({ seconds: 0, unknown: 1 });
  });

  it('counts the steps of a clip that goes on from where it was', () => {
    const begun = { ...live(null), phase: 'loading', step: null, of: null, phaseSeconds: {} } as const;
    const from = { ...begun, kept: { kind: 'checkpoint', step: 18 } } as const;
    expect(forecaster.queue(running, [], from, 1000).seconds).toBeCloseTo(0.7 + 2);
    const decoding = { ...live(null), phase: 'decoding', phaseSeconds: { denoising: 0.7 }, kept: { kind: 'latents' } };
    expect(forecaster.queue(running, [], decoding as Live, 2000).seconds).toBeCloseTo(0.5 + 0.5);
  });

  it('takes off what has passed of a clip that does not know its own pace yet', () => {
    expect(forecaster.queue(running, [], live(null), 3000).seconds).toBeCloseTo(7);
  });
});

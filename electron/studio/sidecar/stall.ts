/** Whether a render that still gives signs of life gets on. Pure: the supervisor asks, and ends what hangs. */
import type { Prediction } from '../../../contract/plan.ts';
import type { Phase } from '../../../contract/render.ts';
import type { Kept, Progress } from '../../../contract/worker.ts';

/** A render as its worker tells of it. Times are milliseconds of a clock that only goes forward. */
export interface Pulse {
  /** Null before the first phase. */
  phase: Phase | null;
  /** The last step of the phase that is done, or batch of decoded frames, and how many there are. */
  done: { step: number; of: number } | null;
  /** Seconds of the phase's steps, the latest last. */
  seconds: readonly number[];
  kept: Kept;
  /** It has been asked to stop. */
  stopping: boolean;
  /** Since when it has not got on. */
  since: number;
  lookedAt: number;
}

/** What a render takes by prediction. */
export type Expected = Pick<Prediction, 'phases' | 'stepSeconds'>;

/** How long nothing may come of a render, in seconds. Far beyond whatever a machine that works needs. */
export interface Patience {
  /** Up to the first step of a phase: a cold disk, kernels that are compiled, a model of 20 GB over a slow bus. */
  begin: number;
  /** Between two steps. */
  step: number;
  /** To stop when it is asked to. */
  stop: number;
}

export const patience: Patience = { begin: 1200, step: 300, stop: 60 };
const timesExpected = 10;
/** A card whose memory was moved to the computer's takes fifty times as long for a step, and does get on. */
const timesAStep = 30;
/** Whoever looks twice a second and finds that seconds have passed was asleep, and so was the worker. */
const asleepMs = 2000;
const stepsRemembered = 9;

export function beginPulse(now: number): Pulse {
  const kept: Kept = { kind: 'nothing' };
  return { phase: null, done: null, seconds: [], kept, stopping: false, since: now, lookedAt: now };
}

/** Every message says that it got on. */
export function heard(pulse: Pulse, progress: Progress, now: number): Pulse {
  const next = { ...pulse, since: now };
  switch (progress.type) {
    case 'phase':
      // Only its first phase says what a render found.
      return {
        ...next,
        phase: progress.phase,
        ...(progress.phase === 'loading' ? { kept: progress.kept } : {}),
        ...(progress.phase === pulse.phase ? {} : { done: null, seconds: [] }),
      };
    case 'step':
      return {
        ...next,
        phase: progress.phase,
        done: { step: progress.step, of: progress.of },
        seconds: [...pulse.seconds.slice(1 - stepsRemembered), progress.seconds],
      };
    case 'saved':
      return { ...next, kept: progress.kept };
    case 'preview':
    case 'prompt-cut':
      return next;
  }
}

/** The wait begins anew after sleep and resume of the machine: nobody could get on meanwhile. */
export const looked = (pulse: Pulse, now: number): Pulse => ({
  ...pulse,
  since: now - pulse.lookedAt > asleepMs ? now : pulse.since,
  lookedAt: now,
});

export const stopping = (pulse: Pulse, now: number): Pulse => ({ ...pulse, stopping: true, since: now });

/** The step that is under way; null in phases without steps. */
export function stepUnderWay({ phase, done }: Pulse): number | null {
  if (phase !== 'denoising' && phase !== 'decoding') return null;
  return done === null ? 1 : Math.min(done.step + 1, done.of);
}

/** Seconds for which nothing may come of it. */
export function allowedSeconds(pulse: Pulse, expected: Expected | null, allowed: Patience): number {
  const longest = Math.max(0, ...pulse.seconds);
  if (pulse.stopping) return Math.max(allowed.stop, 3 * longest);
  if (pulse.done !== null) return Math.max(allowed.step, timesAStep * longest);
  return Math.max(allowed.begin, timesExpected * firstSeconds(pulse, expected));
}

/** What the first sign of a phase takes. Weights may be fetched in any of them. */
function firstSeconds({ phase }: Pulse, expected: Expected | null): number {
  if (expected === null || phase === null) return 0;
  const secondsOf = (name: Phase): number => expected.phases.find((each) => each.phase === name)?.seconds ?? 0;
  const loading = secondsOf('loading');
  if (phase === 'loading') return loading;
  return loading + (phase === 'denoising' ? expected.stepSeconds : secondsOf(phase));
}

/** For how many seconds a render has stood still that ought to have got on; null while all is well. */
export function stalledFor(pulse: Pulse, now: number, expected: Expected | null, allowed: Patience): number | null {
  const seconds = (now - pulse.since) / 1000;
  return seconds > allowedSeconds(pulse, expected, allowed) ? seconds : null;
}

import type { Live } from '../../../contract/engine.ts';
import type { PhaseSeconds } from '../../../contract/render.ts';
import type { Progress } from '../../../contract/worker.ts';
import { paceOf, type StepTaken, timeLeft, timeToDecode, withStep } from './timeLeft.ts';

/** A render as it goes on, with what is needed to say how long it will still take. */
export interface Run {
  live: Live;
  /** The latest steps, newest last. */
  recent: readonly StepTaken[];
  /** What the phases took for the last clip of this model and shape; null before the first. */
  before: PhaseSeconds | null;
}

export function beginRun(jobId: string, now: number, before: PhaseSeconds | null): Run {
  return {
    live: {
      jobId,
      phase: 'loading',
      step: null,
      of: null,
      secondsAStep: null,
      secondsLeft: null,
      phaseSeconds: {},
      phaseSince: now,
      kept: { kind: 'nothing' },
    },
    recent: [],
    before,
  };
}

/** What a message of the worker changes; the very same run when that is nothing. `now` is in ms. */
export function advance(run: Run, progress: Progress, now: number): Run {
  const { live } = run;
  switch (progress.type) {
    case 'phase': {
      // The clock may have been set back meanwhile.
      const over = { ...live.phaseSeconds, [live.phase]: Math.max(0, now - live.phaseSince) / 1000 };
      const phaseSeconds = progress.phase === live.phase ? live.phaseSeconds : over;
      const secondsLeft = progress.phase === 'decoding' ? timeToDecode(run.before) : null;
      const counted = { step: null, of: null, secondsAStep: null, secondsLeft };
      const kept = progress.phase === 'loading' ? progress.kept : live.kept;
      return {
        ...run,
        recent: [],
        live: { ...live, ...counted, phase: progress.phase, phaseSeconds, phaseSince: now, kept },
      };
    }
    case 'step': {
      const { phase, step, of } = progress;
      const recent = withStep(run.recent, progress);
      const secondsLeft = timeLeft({ phase, step, of, recent, before: run.before });
      return {
        ...run,
        recent,
        live: { ...live, phase, step, of, secondsAStep: paceOf({ phase, step, recent }), secondsLeft },
      };
    }
    case 'saved':
      return { ...run, live: { ...live, kept: progress.kept } };
    case 'prompt-cut':
    case 'preview':
      return run;
  }
}

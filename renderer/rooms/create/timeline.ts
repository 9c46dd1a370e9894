import type { Live } from '../../../contract/engine.ts';
import type { JobState } from '../../../contract/job.ts';
import { type Phase, type PhaseSeconds, phases } from '../../../contract/render.ts';

export interface Segment {
  phase: Phase;
  /** `failed` and `held`: it stands still there. */
  state: 'over' | 'now' | 'ahead' | 'failed' | 'held';
  /** Of the whole width; all together are one. */
  share: number;
  /** How much of the segment is filled, from 0 to 1. */
  done: number;
  /** What it took; null before it is over. */
  seconds: number | null;
}

/** Of a render about which nothing is known yet, in seconds; only their proportions count. */
const usual: Record<Phase, number> = { loading: 6, encoding: 3, denoising: 70, decoding: 16, finishing: 5 };

/** No phase is so short that it could not be seen; the present one has more to say. */
const least = { other: 0.09, present: 0.14 };

export interface Course {
  /** The present phase, or where it stopped; null when all are over. */
  phase: Phase | null;
  stands: 'failed' | 'held' | null;
  /** Of the present phase; null in those without steps. */
  step: number | null;
  of: number | null;
  /** What is over. */
  took: PhaseSeconds;
  /** How long the present phase will take in all; null while nobody knows. */
  nowTakes: number | null;
}

export function courseOf(live: Live): Course {
  const { phase, step, of, secondsAStep, phaseSeconds: took } = live;
  return {
    phase,
    stands: null,
    step,
    of,
    took,
    nowTakes: secondsAStep !== null && of !== null ? secondsAStep * of : null,
  };
}

/** Of a job that stands still: what is kept shows how far it came. */
export function stoppedCourse(state: JobState, steps: number): Course | null {
  const failed = state.kind === 'failed' || state.kind === 'recovering';
  if (!failed && state.kind !== 'cancelled' && state.kind !== 'paused') return null;
  const kept = state.kind === 'recovering' ? (state.recovery?.keeps ?? ({ kind: 'nothing' } as const)) : state.kept;
  const failedIn = failed ? state.failure.phase : null;
  const reached: Record<typeof kept.kind, Phase> = {
    nothing: 'loading',
    embeddings: 'denoising',
    checkpoint: 'denoising',
    latents: 'decoding',
  };
  const step = kept.kind === 'checkpoint' ? kept.step : null;
  const phase = failedIn ?? reached[kept.kind];
  const counted = step !== null && phase === 'denoising';
  return {
    phase,
    stands: failed ? 'failed' : 'held',
    step: counted ? step : null,
    of: counted ? steps : null,
    took: {},
    nowTakes: null,
  };
}

export const finishedCourse = (took: PhaseSeconds): Course => ({
  phase: null,
  stands: null,
  step: null,
  of: null,
  took,
  nowTakes: null,
});

/** Widths by time: measured for what is over, expected for the rest. */
export function timeline(course: Course, expected: PhaseSeconds | null): Segment[] {
  const at = course.phase === null ? phases.length : phases.indexOf(course.phase);
  const guess = (phase: Phase): number => expected?.[phase] ?? usual[phase];
  // Without measurements for this kind of clip, only the denoising says how long the usual proportions are.
  const scale =
    expected === null && course.nowTakes !== null && course.phase === 'denoising'
      ? course.nowTakes / usual.denoising
      : 1;
  const seconds = phases.map((phase, index) => {
    // Of what stands still it is not told how long it took.
    if (index < at) return course.took[phase] ?? (course.stands ? guess(phase) : 0);
    if (index === at && course.nowTakes !== null) return course.nowTakes;
    return guess(phase) * (expected === null ? scale : 1);
  });
  const total = seconds.reduce((sum, each) => sum + each, 0) || 1;
  const wide = seconds.map((each, index) => Math.max(each / total, index === at ? least.present : least.other));
  const sum = wide.reduce((all, each) => all + each, 0);
  return phases.map((phase, index) => {
    const counted = course.step !== null && course.of !== null ? course.step / course.of : 0;
    const state = index < at ? 'over' : index > at ? 'ahead' : (course.stands ?? 'now');
    return {
      phase,
      state,
      share: (wide[index] ?? 0) / sum,
      done: index < at ? 1 : index > at ? 0 : Math.min(counted, 1),
      seconds: index < at ? (course.took[phase] ?? null) : null,
    };
  });
}

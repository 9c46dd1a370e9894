import type { Clip } from '../../../contract/clip.ts';
import type { Draft } from '../../../contract/draft.ts';
import { type Phase, type PhaseSeconds, phases } from '../../../contract/render.ts';

type Asked = Pick<Draft, 'model' | 'width' | 'height' | 'frames' | 'steps' | 'guidance'>;

/** The latest ones count: the machine may have changed. */
const counted = 5;

const guided = (guidance: number): boolean => guidance > 1;

function median(values: readonly number[]): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? null;
}

/** Seconds by phase as the last clips of the same model and shape had them; null when there is none. Newest first. */
export function expectedSeconds(clips: readonly Clip[], asked: Asked): PhaseSeconds | null {
  const same = clips
    .filter(
      ({ model, settings }) =>
        model === asked.model &&
        settings.width === asked.width &&
        settings.height === asked.height &&
        settings.frames === asked.frames &&
        guided(settings.guidance) === guided(asked.guidance),
    )
    .slice(0, counted);
  const known: PhaseSeconds = {};
  for (const phase of phases) {
    const value = median(same.flatMap((clip) => secondsOf(clip, phase, asked.steps)));
    if (value !== null) known[phase] = value;
  }
  return known.denoising === undefined ? null : known;
}

/** Denoising takes as long as its steps; nothing else depends on them. */
function secondsOf({ phaseSeconds, settings }: Clip, phase: Phase, steps: number): number[] {
  const seconds = phaseSeconds[phase];
  if (seconds === undefined) return [];
  return [phase === 'denoising' ? (seconds * steps) / settings.steps : seconds];
}

export const wholeSeconds = (known: PhaseSeconds): number =>
  Object.values(known).reduce<number>((sum, each) => sum + (each ?? 0), 0);

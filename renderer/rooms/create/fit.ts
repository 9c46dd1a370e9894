import type { Draft } from '../../../contract/draft.ts';
import type { Planned, PlanQuery, Remedy } from '../../../contract/plan.ts';
import type { Phase } from '../../../contract/render.ts';

/** What of a draft costs time or memory. */
export const queryOf = ({ model, width, height, frames, steps, guidance, memoryLimit }: PlanQuery): PlanQuery => ({
  model,
  width,
  height,
  frames,
  steps,
  guidance,
  memoryLimit,
});

export interface FitBar {
  phase: Phase;
  bytes: number;
  /** Of the picture's width. */
  share: number;
  over: boolean;
}

export interface FitBars {
  /** Of the card, or on a machine without one of the computer's memory. */
  resource: 'device' | 'host';
  bars: FitBar[];
  available: number;
  /** Where on the picture what is free ends. */
  line: number;
}

type Sized = Extract<Planned, { kind: 'fits' | 'tight' | 'too-large' }>;

/** Phases that take something, beside what there is: all on one scale. */
export function barsOf({ room, prediction, binds }: Sized): FitBars {
  // What does not fit is what is shown.
  const short = binds.bytes > binds.available ? binds.resource : null;
  const resource = short ?? (room.device === 'cuda' ? 'device' : 'host');
  const available = (resource === 'device' ? room.deviceBytes : room.hostBytes) ?? 0;
  const needs = prediction.phases
    .filter(({ phase }) => phase === 'encoding' || phase === 'denoising' || phase === 'decoding')
    .map(({ phase, deviceNeed, hostBytes }) => ({
      phase,
      bytes: (resource === 'device' ? deviceNeed : hostBytes) ?? 0,
    }));
  const scale = Math.max(available, ...needs.map(({ bytes }) => bytes), 1);
  const bars = needs.map(({ phase, bytes }) => ({ phase, bytes, share: bytes / scale, over: bytes > available }));
  return { resource, bars, available, line: available / scale };
}

/** The draft with what would make it fit; null for what has to be done elsewhere. */
export function remedied(draft: Draft, { change }: Remedy): Draft | null {
  if (change.kind === 'close-others') return null;
  if (change.kind === 'memory-limit') return { ...draft, memoryLimit: change.bytes };
  const { kind: _, ...changed } = change;
  return { ...draft, ...changed };
}

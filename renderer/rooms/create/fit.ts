import type { Draft } from '../../../contract/draft.ts';
import type { Planned, PlanOption, PlanQuery, Remedy } from '../../../contract/plan.ts';
import type { Phase } from '../../../contract/render.ts';
import { type Shortcut, shortcutOf } from '../../../contract/shortcut.ts';

/** What of a draft costs time or memory. */
export const queryOf = ({
  model,
  width,
  height,
  frames,
  steps,
  guidance,
  memoryLimit,
  shortcut,
}: PlanQuery): PlanQuery => ({
  model,
  width,
  height,
  frames,
  steps,
  guidance,
  memoryLimit,
  shortcut,
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

interface Cost {
  seconds: number;
  /** Of the card, or on a machine without one of the computer's memory. */
  bytes: number;
}

export interface Offer extends Cost {
  shortcut: Shortcut;
}

export interface Choices {
  /** Null where the exact picture does not fit. */
  exact: Cost | null;
  offers: Offer[];
}

/** Between what one may choose for this clip, whichever is chosen now. */
export function choicesOf(planned: Sized): Choices {
  const exact = planned.kind === 'too-large' ? null : planned.taken === undefined ? planned : planned.taken.exact;
  return {
    exact: exact && costOf(exact),
    offers: planned.offered.flatMap((option) => {
      const shortcut = shortcutOf(option.plan);
      return shortcut === null ? [] : [{ shortcut, ...costOf(option) }];
    }),
  };
}

const costOf = ({ prediction: { seconds, deviceNeed, hostBytes } }: Pick<PlanOption, 'prediction'>): Cost => ({
  seconds,
  bytes: deviceNeed ?? hostBytes,
});

/** For what one would take it. */
export type Gain = { kind: 'fits' } | { kind: 'time'; exactSeconds: number } | { kind: 'memory'; exactBytes: number };

export function gainOf(offer: Offer, exact: Cost | null): Gain {
  if (exact === null) return { kind: 'fits' };
  return offer.seconds < exact.seconds
    ? { kind: 'time', exactSeconds: exact.seconds }
    : { kind: 'memory', exactBytes: exact.bytes };
}

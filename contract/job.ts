import { z } from 'zod';
import { PictureId } from './draft.ts';
import { Failure } from './failure.ts';
import { named } from './named.ts';
import { NextAttempt, Recovery, RecoveryNote } from './recovery.ts';
import { MemoryLimit, PhaseSeconds, RenderSettings } from './render.ts';
import { Shortcut } from './shortcut.ts';
import { Kept } from './worker.ts';

const counted = { step: z.int().min(0), of: z.int().min(1) };

export const pauseReasons = ['asked', 'queue', 'interrupted'] as const;
export type PauseReason = (typeof pauseReasons)[number];

/** Where a job stands. `kept` is what a resume would go on from. */
export const JobState = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('queued'), kept: Kept.default({ kind: 'nothing' }) }),
  z.object({ kind: z.literal('loading') }),
  z.object({ kind: z.literal('encoding') }),
  z.object({ kind: z.literal('denoising'), ...counted }),
  z.object({ kind: z.literal('decoding'), ...counted }),
  z.object({ kind: z.literal('finishing') }),
  /** The render failed in a way that can be mended, and goes on from what was kept. */
  z.object({
    kind: z.literal('recovering'),
    attempt: z.int().min(1),
    failure: Failure,
    /** Absent while an environment is being repaired. */
    recovery: Recovery.optional(),
    others: z.array(Recovery).optional(),
    /** By itself, when this moment comes (ms since 1970); absent: now. */
    beginsAt: z.int().optional(),
    /** Somebody chooses, and it stands meanwhile: `beginsAt` is when whoever chooses is taken to have gone. */
    choosing: z.literal(true).optional(),
  }),
  /**
   * Asked for, this one job or the whole queue; or the studio itself ended while it ran: quit, killed, power cut.
   * Only what was asked for by itself waits to be asked for again.
   */
  z.object({
    kind: z.literal('paused'),
    reason: z.enum(pauseReasons),
    kept: Kept.default({ kind: 'nothing' }),
  }),
  z.object({ kind: z.literal('cancelled'), kept: Kept }),
  z.object({
    kind: z.literal('failed'),
    failure: Failure,
    kept: Kept,
    /** What could be done about it; absent where nobody has thought about it. */
    next: NextAttempt.optional(),
  }),
  z.object({
    kind: z.literal('done'),
    bytes: z.int().min(1),
    seconds: z.number().min(0),
    phaseSeconds: PhaseSeconds,
    /** Some of its steps were made in an earlier run, whose seconds are not among these. */
    resumed: z.literal(true).optional(),
    /** What was met on the way, and mended. */
    recoveries: z.array(RecoveryNote).optional(),
    /** What was taken, whatever was asked for; absent where the picture is the exact one. */
    shortcut: Shortcut.optional(),
  }),
]);
export type JobState = z.infer<typeof JobState>;

export const Job = named('Job', {
  id: z.string(),
  createdAt: z.int(),
  updatedAt: z.int(),
  /** A model's id, or the absolute path of a model's folder. */
  model: z.string().min(1),
  settings: RenderSettings,
  /** Absolute path of the clip. */
  out: z.string().min(1),
  overwrite: z.boolean(),
  /** What was asked for, hashed: the same request again goes on with an unfinished job. */
  requestKey: z.string(),
  /** Its place in the queue: smaller comes first. */
  position: z.number(),
  /** The picture it starts from, when it came in through the studio. */
  picture: PictureId.nullable(),
  /** Absent: it may take as much as there is. */
  memoryLimit: MemoryLimit.optional(),
  /** Taken if it is on offer when the clip begins; absent: the exact picture. */
  shortcut: Shortcut.optional(),
  /** What was met on the way so far, and what was done about it, oldest first; absent where there was nothing. */
  recoveries: z.array(RecoveryNote).optional(),
  state: JobState,
});
export type Job = z.infer<typeof Job>;

/** A job that is being worked on, or was when the studio ended. */
export const runningKinds = ['loading', 'encoding', 'denoising', 'decoding', 'finishing', 'recovering'] as const;

export const isRunning = (state: JobState): boolean => runningKinds.some((kind) => kind === state.kind);

/**
 * Taken up without being asked for: what waits, and what stopped for a reason that is over. What was paused by itself,
 * cancelled or failed waits to be asked for.
 */
export const goesOnByItself = (state: JobState): boolean =>
  state.kind === 'queued' || (state.kind === 'paused' && state.reason !== 'asked');

/** What can be taken up again. */
export const resumable = (state: JobState): boolean =>
  state.kind === 'queued' || state.kind === 'paused' || state.kind === 'cancelled' || state.kind === 'failed';

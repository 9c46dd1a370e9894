import { z } from 'zod';
import { Failure } from './failure.ts';
import { named } from './named.ts';
import { Remedy } from './plan.ts';
import { Phase, Placement, Plan } from './render.ts';
import { Kept } from './worker.ts';

/** One way in which a plan differs from the one that failed. Each has its words in every host. */
export const PlanChange = z.discriminatedUnion('kind', [
  named('ChangeTextEncoder', { kind: z.literal('text-encoder'), placement: Placement }),
  named('ChangeDenoiser', { kind: z.literal('denoiser'), placement: Placement }),
  named('ChangeGuidance', { kind: z.literal('guidance'), guidance: Plan.shape.guidance }),
  /** Null: whole maps, the exact decode of the library. */
  named('ChangeDecode', { kind: z.literal('decode'), slabRows: z.int().min(1).nullable() }),
  named('ChangeEncode', { kind: z.literal('encode'), slabRows: z.int().min(1).nullable() }),
  /** Less of the computer's memory is page-locked. */
  named('ChangePinned', { kind: z.literal('pinned'), bytes: z.int().min(0) }),
  named('ChangeCompile', { kind: z.literal('compile'), compile: z.boolean() }),
  named('ChangePrecision', { kind: z.literal('precision'), precision: Plan.shape.precision }),
  named('ChangeAttention', { kind: z.literal('attention'), attention: Plan.shape.attention }),
  named('ChangeSteps', { kind: z.literal('steps'), steps: Plan.shape.steps }),
  /** Clips remember weights that were only kept as floats, `fp8`, which no plan asks for any more. */
  named('ChangeStorage', {
    kind: z.literal('storage'),
    transformer: z.enum([...Plan.shape.storage.shape.transformer.options, 'fp8']),
  }),
]);
export type PlanChange = z.infer<typeof PlanChange>;

/** What is done before the render goes on from what was kept. */
export const Rung = z.discriminatedUnion('kind', [
  /** The same plan again; the worker has let go of all that it held. */
  named('RungRelease', { kind: z.literal('release') }),
  /** The same plan in a worker of its own, which gives every byte back. */
  named('RungFreshWorker', { kind: z.literal('fresh-worker') }),
  /** Another plan, in a fresh worker where the last one may be broken. */
  named('RungReplan', {
    kind: z.literal('replan'),
    plan: Plan,
    changes: z.array(PlanChange).min(1),
    fresh: z.boolean(),
  }),
  /** The render is taken as it is, since no other way gave better: its frames, or (`slow`) the time that it takes. */
  named('RungAccept', { kind: z.literal('accept'), slow: z.literal(true).optional() }),
]);
export type Rung = z.infer<typeof Rung>;

/** One thing that can be done about a failure, with its price. */
export const Recovery = named('Recovery', {
  rung: Rung,
  /** What it goes on from. */
  keeps: Kept,
  /** Seconds more than if nothing had happened; null where nobody knows. */
  moreSeconds: z.number().nullable(),
  /** What the phase that failed then takes of the memory that ran out; absent or null where nobody knows. */
  needs: z.number().min(0).nullish(),
  /** The clip may show something else than was asked for: only ever done when somebody asks for it. */
  changesPicture: z.boolean(),
});
export type Recovery = z.infer<typeof Recovery>;

/** Why nothing more is tried. Each has its sentence in every host. */
export const EndReason = z.enum([
  /** Trying again would give the same: files, settings, or the disk must change first. */
  'not-by-trying',
  /** Every way that fits in this machine was tried. */
  'no-way-left',
  /** Nothing is left to be tried beside other programs, which hold memory that it needs. */
  'taken',
  /** It failed again and again at the same place. */
  'no-progress',
]);
export type EndReason = z.infer<typeof EndReason>;

/** What comes after a failure. */
export const NextAttempt = z.discriminatedUnion('kind', [
  named('NextRecover', {
    kind: z.literal('recover'),
    recovery: Recovery,
    /** What else could be done. */
    others: z.array(Recovery),
  }),
  named('NextEnd', {
    kind: z.literal('end'),
    reason: EndReason,
    /** What changes the picture, and would be tried if somebody asked for it. */
    others: z.array(Recovery),
    /** Other settings with which it would fit. */
    remedies: z.array(Remedy),
  }),
]);
export type NextAttempt = z.infer<typeof NextAttempt>;

/** A failure that was met on the way to a clip, and what was done about it; null: nothing more. Oldest first. */
export const Attempt = named('Attempt', {
  at: z.int(),
  failure: Failure,
  /** The plan that failed; null when there was none yet. */
  plan: Plan.nullable(),
  kept: Kept,
  recovery: Recovery.nullable(),
});
export type Attempt = z.infer<typeof Attempt>;

/** The same, as it stays with the clip. */
export const RecoveryNote = named('RecoveryNote', {
  cause: z.string().max(40),
  phase: Phase.nullable(),
  rung: z.enum(['release', 'fresh-worker', 'replan', 'accept']),
  changes: z.array(PlanChange).max(20),
});
export type RecoveryNote = z.infer<typeof RecoveryNote>;
export const recoveryNotesLimit = 20;

/** Who decides about a failure that can be recovered from: after a countdown, at once, or only when asked. */
export const RecoveryPolicy = z.enum(['countdown', 'at-once', 'ask']);
export type RecoveryPolicy = z.infer<typeof RecoveryPolicy>;
export const countdownMs = 15_000;

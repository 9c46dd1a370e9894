import { z } from 'zod';
import { Failure } from './failure.ts';
import { NextAttempt, Recovery, RecoveryNote } from './recovery.ts';
import { Phase } from './render.ts';
import { Shortcut } from './shortcut.ts';

/** The lines of `reelwright generate --json`, one object a line. The last one is `done` or `error`. */
export const CommandEvent = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('phase'),
    /** Besides a render's own phases: the environment is set up, the engine is started. */
    phase: z.union([Phase, z.enum(['setup', 'starting'])]),
    job: z.string().nullable(),
    sentence: z.string(),
    /** How far it has come, for what takes long without steps; null for the rest. */
    detail: z.string().nullable(),
  }),
  z.object({
    type: z.literal('step'),
    phase: z.enum(['denoising', 'decoding']),
    step: z.int(),
    of: z.int(),
    seconds: z.number(),
    /** The denoiser did not run in it. */
    cached: z.boolean(),
    secondsLeft: z.number().nullable(),
  }),
  z.object({ type: z.literal('warning'), cause: z.string(), sentence: z.string() }),
  /** A failure that is recovered from; one that ends the render is an `error`. */
  z.object({
    type: z.literal('failure'),
    job: z.string(),
    cause: z.string(),
    phase: Phase.nullable(),
    sentence: z.string(),
    failure: Failure,
  }),
  /** What is done about it: the try that now begins, from 2. */
  z.object({
    type: z.literal('recovery'),
    job: z.string(),
    attempt: z.int().min(2),
    sentence: z.string(),
    recovery: Recovery,
  }),
  /** Before `done`, where something was recovered from on the way to the clip. */
  z.object({
    type: z.literal('recovered'),
    job: z.string(),
    sentence: z.string(),
    recoveries: z.array(RecoveryNote),
  }),
  z.object({
    type: z.literal('done'),
    job: z.string(),
    file: z.string(),
    seconds: z.number(),
    width: z.int(),
    height: z.int(),
    frames: z.int(),
    fps: z.int(),
    seed: z.int(),
    phaseSeconds: z.partialRecord(Phase, z.number()),
    /** What was taken, whatever was asked for; null where the picture is the exact one. */
    shortcut: Shortcut.nullable(),
  }),
  z.object({
    type: z.literal('error'),
    job: z.string().nullable(),
    cause: z.string(),
    phase: Phase.nullable(),
    sentence: z.string(),
    failure: Failure.nullable(),
    /** What could be done about it, or why nothing more is; absent where nobody has thought about it. */
    next: NextAttempt.optional(),
  }),
]);
export type CommandEvent = z.infer<typeof CommandEvent>;

/** What the process ends with. */
export const exitCodes = { done: 0, wrongArguments: 2, notOnThisMachine: 3, failed: 4, cancelled: 130 } as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

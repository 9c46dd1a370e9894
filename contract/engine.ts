import { z } from 'zod';
import { named } from './named.ts';
import { DeviceKind, Phase, PhaseSeconds } from './render.ts';
import { Kept } from './worker.ts';

/** What the first start does before anything can be rendered. Bytes are of the packages alone. */
export const SetupStep = named('SetupStep', {
  phase: z.enum(['waiting', 'python', 'installer', 'inspection', 'packages', 'torch', 'proof']),
  expectedSeconds: z.number().nullable(),
  doneBytes: z.number().nullable(),
  totalBytes: z.number().nullable(),
});
export type SetupStep = z.infer<typeof SetupStep>;

/** Why there can be no engine on this machine, as things are. `sentence` says what to do about it, in English. */
export const ImpossibleCause = z.enum([
  'platform',
  'python-missing',
  'python-unsupported',
  'installer-missing',
  'disk-full',
  'network',
  'not-writable',
  'damaged-download',
  'installation-failed',
  'proof-failed',
  'worker',
]);
export type ImpossibleCause = z.infer<typeof ImpossibleCause>;

/** What renders: from nothing at all to a worker that waits for work. */
export const EngineState = z.discriminatedUnion('kind', [
  named('EngineSettingUp', { kind: z.literal('setting-up'), step: SetupStep.nullable() }),
  named('EngineStarting', { kind: z.literal('starting') }),
  named('EngineReady', {
    kind: z.literal('ready'),
    device: DeviceKind,
    /** The card's or the processor's name. */
    name: z.string(),
    torch: z.string(),
    /** Process id of the worker, for those who watch the machine; null between two workers. */
    workerPid: z.int().nullable(),
  }),
  named('EngineImpossible', { kind: z.literal('impossible'), cause: ImpossibleCause, sentence: z.string() }),
]);
export type EngineState = z.infer<typeof EngineState>;

/** The render that goes on right now, for those who watch. It is not stored. */
export const Live = named('Live', {
  jobId: z.string(),
  phase: Phase,
  /** Steps of the denoising loop, or batches of decoded frames; null in phases without steps. */
  step: z.int().nullable(),
  of: z.int().nullable(),
  /** Median of the latest steps; null before the first. */
  secondsAStep: z.number().nullable(),
  /** Null while too little is known to be honest. */
  secondsLeft: z.number().nullable(),
  /** Phases that are over, and since when (ms since 1970) the present one runs. */
  phaseSeconds: PhaseSeconds,
  phaseSince: z.number(),
  kept: Kept,
});
export type Live = z.infer<typeof Live>;

/** Something to know about a job that does not stop it. */
export const Notice = z.discriminatedUnion('kind', [
  /** Words of the prompt that the model never sees. */
  named('NoticePromptCut', {
    kind: z.literal('prompt-cut'),
    jobId: z.string(),
    field: z.enum(['prompt', 'negativePrompt']),
    limit: z.int(),
    cut: z.string(),
  }),
  named('NoticeRepairing', { kind: z.literal('repairing'), jobId: z.string() }),
]);
export type Notice = z.infer<typeof Notice>;

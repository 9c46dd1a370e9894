import { z } from 'zod';
import { named } from './named.ts';
import { Phase } from './render.ts';

const bytes = z.int().min(0).nullable();
/** Where it happened; null when no phase had begun. `detail` is for a bug report, never the first thing a person reads. */
const where = {
  phase: Phase.nullable(),
  /** Step of the denoising, or batch of decoded frames, that was under way; null before the first. */
  step: z.int().min(1).nullish(),
  detail: z.string(),
};

/** Another program that has memory of the card. */
export const Holder = named('Holder', { name: z.string(), bytes: z.int().min(0).nullable() });
export type Holder = z.infer<typeof Holder>;

/** Why a render stopped. Every cause has one sentence for people, in electron/studio/jobs/sentence.ts. */
export const Failure = z
  .discriminatedUnion('cause', [
    named('DeviceMemoryFailure', {
      cause: z.literal('device-memory'),
      ...where,
      requestedBytes: bytes,
      allocatedBytes: bytes,
      reservedBytes: bytes,
      freeBytes: bytes,
      /** What the process was allowed to take; null without a limit of its own. */
      allowedBytes: bytes.optional(),
      /** Who else has memory of the card, the largest first; empty where nobody knows. */
      others: z.array(Holder).nullish(),
    }),
    named('HostMemoryFailure', { cause: z.literal('host-memory'), ...where }),
    /** The card is full and its memory was moved to the computer's, unasked: steps take many times as long. */
    named('SpillFailure', {
      cause: z.literal('spill'),
      ...where,
      stepSeconds: z.number().min(0),
      expectedSeconds: z.number().min(0),
    }),
    named('BadWeightsFailure', {
      cause: z.literal('bad-weights'),
      ...where,
      file: z.string(),
      problem: z.enum(['missing', 'truncated', 'damaged', 'wrong-shape', 'pickle', 'unreadable']),
    }),
    named('BadInputFailure', {
      cause: z.literal('bad-input'),
      ...where,
      problem: z.enum([
        'image-missing',
        'image-unreadable',
        'image-truncated',
        'image-too-large',
        'settings',
        'memory-limit',
      ]),
    }),
    /** Not numbers, black, borders of tiles that show, brightness or colours that jump between frames. */
    named('BadFramesFailure', {
      cause: z.literal('bad-frames'),
      ...where,
      problem: z.enum(['nan', 'black', 'seams', 'flicker']),
    }),
    named('DiskFullFailure', { cause: z.literal('disk-full'), ...where, path: z.string() }),
    named('NotWritableFailure', {
      cause: z.literal('not-writable'),
      ...where,
      path: z.string(),
      /** Not forbidden: another file stands there. */
      exists: z.boolean(),
    }),
    named('DriverLostFailure', { cause: z.literal('driver-lost'), ...where }),
    named('EnvironmentFailure', { cause: z.literal('environment'), ...where }),
    named('KilledFailure', { cause: z.literal('killed'), ...where, signal: z.string().nullable() }),
    named('HangFailure', { cause: z.literal('hang'), ...where, seconds: z.number() }),
    named('InternalFailure', { cause: z.literal('internal'), ...where }),
  ])
  .meta({ id: 'Failure' });
export type Failure = z.infer<typeof Failure>;
export type Cause = Failure['cause'];

import { z } from 'zod';
import { Failure } from './failure.ts';
import { named } from './named.ts';
import { ShapeProblem } from './refusal.ts';
import { DeviceKind, limits, MemoryLimit, Phase, PhasePeaks, PhaseSeconds, Plan, Scheduler } from './render.ts';
import { Shortcut } from './shortcut.ts';

const bytes = z.number().min(0);
const seconds = z.number().min(0);

/** On what a card's speed rests: the table, or a guess by generation and memory. */
export const CardBasis = z.enum(['known', 'guessed']);
export type CardBasis = z.infer<typeof CardBasis>;

/** What is asked of a plan: everything of the settings that costs time or memory. */
export const PlanQuery = named('PlanQuery', {
  model: z.string().min(1).max(4096),
  width: z.int().min(limits.side.min).max(limits.side.max),
  height: z.int().min(limits.side.min).max(limits.side.max),
  frames: z.int().min(limits.frames.min).max(limits.frames.max),
  steps: z.int().min(limits.steps.min).max(limits.steps.max),
  guidance: z.number().min(limits.guidance.min).max(limits.guidance.max),
  memoryLimit: MemoryLimit.optional(),
  /** Taken if it is on offer. */
  shortcut: Shortcut.optional(),
});
export type PlanQuery = z.infer<typeof PlanQuery>;

export const PhasePrediction = named('PhasePrediction', {
  phase: Phase,
  seconds,
  /** The most that is allocated on the card; null on the processor. */
  deviceBytes: bytes.nullable(),
  /** What must be free for that, with what is lost between pieces of memory. */
  deviceNeed: bytes.nullable(),
  /** The most of the computer's memory, page-locked memory included. */
  hostBytes: bytes,
});
export type PhasePrediction = z.infer<typeof PhasePrediction>;

export const Prediction = named('Prediction', {
  phases: z.array(PhasePrediction),
  seconds,
  /** Of a step in which the denoiser runs. */
  stepSeconds: seconds,
  /** The highest of the phases: what must be free of the card, and of the computer's memory. */
  deviceNeed: bytes.nullable(),
  hostBytes: bytes,
  /** What the seconds rest on: clips that were made here, the card's published figures, or a guess. */
  basis: z.enum(['measured', 'known', 'guessed']),
});
export type Prediction = z.infer<typeof Prediction>;

/** How far the starter model's frames are from the exact ones, by scheduler, as measured. */
const Decibels = z.record(Scheduler, z.number());

/** Why a plan is as it is. Each has its sentence in every host. */
export const PlanReason = z.discriminatedUnion('kind', [
  named('ReasonProcessor', { kind: z.literal('processor') }),
  named('ReasonResident', { kind: z.literal('all-resident') }),
  named('ReasonInTurn', { kind: z.literal('in-turn') }),
  /** The denoiser is fetched part by part while others calculate; `slower` is the share of time it costs. */
  named('ReasonStreamed', { kind: z.literal('streamed'), bytes, slower: z.number().min(0) }),
  named('ReasonSequential', { kind: z.literal('sequential'), slower: z.number().min(0) }),
  /** The computer's memory does not hold what is fetched: so much of it is read from the disk in every step. */
  named('ReasonFromDisk', { kind: z.literal('from-disk'), bytes }),
  named('ReasonGuidance', { kind: z.literal('guidance-in-turn'), bytes }),
  /** `rows` of a slab; null where one holds the whole picture. `hostBytes` wait in the computer's memory meanwhile. */
  named('ReasonSlabs', { kind: z.literal('slabs'), rows: z.int().nullable(), hostBytes: bytes }),
  named('ReasonCompiled', { kind: z.literal('compiled') }),
  /** The card does not calculate in the precision that the model needs. */
  named('ReasonFloat32', { kind: z.literal('float32') }),
  named('ReasonEightBits', { kind: z.literal('eight-bit-weights'), bytes, decibels: Decibels }),
  /** Products in eight bits, and with them the weights. */
  named('ReasonEightBitProducts', { kind: z.literal('eight-bit-products'), bytes, decibels: Decibels }),
  named('ReasonSage', { kind: z.literal('sage-attention'), decibels: Decibels }),
  /** The denoiser runs in so many of the steps. */
  named('ReasonCachedSteps', {
    kind: z.literal('cached-steps'),
    calculated: z.int().min(1),
    of: z.int().min(1),
    decibels: Decibels,
  }),
]);
export type PlanReason = z.infer<typeof PlanReason>;

export const PlanOption = named('PlanOption', {
  plan: Plan,
  prediction: Prediction,
  reasons: z.array(PlanReason),
  /** Against the plan that was chosen: less than nothing is faster. */
  moreSeconds: z.number(),
});
export type PlanOption = z.infer<typeof PlanOption>;

/** What there is for a render, now. */
export const PlanRoom = named('PlanRoom', {
  device: DeviceKind,
  name: z.string(),
  cardBasis: CardBasis.nullable(),
  /** What a render may allocate on the card; null on the processor. */
  deviceBytes: bytes.nullable(),
  /** All of the card. */
  deviceTotalBytes: bytes.nullable(),
  /** What other programs hold of the card. */
  othersBytes: bytes.nullable(),
  hostBytes: bytes,
});
export type PlanRoom = z.infer<typeof PlanRoom>;

export const Resource = z.enum(['device', 'host']);
export type Resource = z.infer<typeof Resource>;

/** Which phase needs most of what there is of something. */
const Binding = named('PlanBinding', { phase: Phase, resource: Resource, bytes, available: bytes });
export type PlanBinding = z.infer<typeof Binding>;

/** One change of the settings with which it fits, and what it then takes. */
export const Remedy = named('PlanRemedy', {
  change: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('frames'), frames: z.int() }),
    z.object({ kind: z.literal('size'), width: z.int(), height: z.int() }),
    z.object({ kind: z.literal('both'), width: z.int(), height: z.int(), frames: z.int() }),
    /** Other programs give their memory back; nothing of the clip changes. */
    z.object({ kind: z.literal('close-others'), bytes }),
    /** It may take as much as this; nothing of the clip changes. */
    z.object({ kind: z.literal('memory-limit'), bytes: MemoryLimit }),
  ]),
  seconds,
  deviceNeed: bytes.nullable(),
});
export type Remedy = z.infer<typeof Remedy>;

const fitting = {
  room: PlanRoom,
  plan: Plan,
  prediction: Prediction,
  reasons: z.array(PlanReason),
  binds: Binding,
  /** The next best plans that give the same picture. */
  runnersUp: z.array(PlanOption),
  /** Faster or smaller ones that change the picture: never taken unasked. That which was asked for is among them. */
  offered: z.array(PlanOption),
  /** Where one of them is what is told, as it was asked for; `exact` is null where that does not fit. */
  taken: named('PlanTaken', { shortcut: Shortcut, exact: PlanOption.nullable() }).optional(),
};

/** How a clip would be made here, or why it cannot be. */
export const Planned = z.discriminatedUnion('kind', [
  named('PlanFits', { kind: z.literal('fits'), ...fitting }),
  /** It fits by a little: another program that takes some memory now may stop it. */
  named('PlanTight', { kind: z.literal('tight'), ...fitting }),
  named('PlanTooLarge', {
    kind: z.literal('too-large'),
    room: PlanRoom,
    /** The least that it would need. */
    binds: Binding,
    prediction: Prediction,
    remedies: z.array(Remedy),
    offered: z.array(PlanOption),
  }),
  named('PlanShape', { kind: z.literal('shape'), problem: ShapeProblem }),
  named('PlanModel', {
    kind: z.literal('model'),
    model: z.string(),
    /** Not here and not in the catalogue; its description cannot be read; its files are of another size than it says. */
    problem: z.enum(['unknown', 'unreadable', 'sizes']),
    file: z.string().nullable(),
  }),
]);
export type Planned = z.infer<typeof Planned>;

/** The same in a few figures, for cards in a list. */
export const Verdict = z.discriminatedUnion('kind', [
  named('VerdictFits', {
    kind: z.enum(['fits', 'tight']),
    seconds,
    deviceNeed: bytes.nullable(),
    hostBytes: bytes,
    basis: Prediction.shape.basis,
  }),
  named('VerdictTooLarge', { kind: z.literal('too-large'), binds: Binding }),
  named('VerdictUnknown', { kind: z.literal('unknown') }),
]);
export type Verdict = z.infer<typeof Verdict>;

/** What the clips of one model took here in one phase, beside what was predicted before this machine was known. */
export const MeasuredPhase = named('MeasuredPhase', {
  device: z.string(),
  model: z.string(),
  phase: Phase,
  clips: z.int().min(1),
  /** Medians of the latest. */
  seconds,
  predictedSeconds: seconds,
  deviceBytes: bytes.nullable(),
  predictedDeviceBytes: bytes.nullable(),
});
export type MeasuredPhase = z.infer<typeof MeasuredPhase>;

/** A short clip that was made to see how this machine does, and what came of it. */
export const CalibrationRun = named('CalibrationRun', {
  plan: Plan,
  reasons: z.array(PlanReason),
  /** By prediction; what is said not to fit is tried all the same, where it would be faster. */
  expected: z.enum(['fits', 'too-large']),
  prediction: Prediction,
  result: z.discriminatedUnion('kind', [
    named('CalibrationMeasured', {
      kind: z.literal('measured'),
      stepSeconds: seconds,
      seconds: PhaseSeconds,
      peaks: PhasePeaks,
    }),
    /** Memory ran out: that is an answer, too. */
    named('CalibrationTooLarge', { kind: z.literal('too-large'), phase: Phase.nullable() }),
    named('CalibrationFailed', { kind: z.literal('failed'), failure: Failure }),
  ]),
});
export type CalibrationRun = z.infer<typeof CalibrationRun>;

/** What is heard of a calibration. It ends when nobody listens any more; what was measured until then counts. */
export const CalibrationEvent = z.discriminatedUnion('type', [
  /** A clip is being made, or the engine is not there yet: nothing is tried. */
  named('CalibrationRefused', { type: z.literal('not-now'), why: z.enum(['rendering', 'no-engine']) }),
  named('CalibrationBegun', { type: z.literal('begun'), before: Planned }),
  named('CalibrationTried', {
    type: z.literal('tried'),
    run: CalibrationRun,
    number: z.int().min(1),
    of: z.int().min(1),
  }),
  /** What is said of such a clip now. */
  named('CalibrationDone', { type: z.literal('done'), after: Planned }),
]);
export type CalibrationEvent = z.infer<typeof CalibrationEvent>;

import { z } from 'zod';
import { Holder } from './failure.ts';
import { named } from './named.ts';
import { Phase } from './render.ts';

/** Null is "not known at that moment": the field is not supported, the driver is gone, the machine slept. */
const reading = z.number().nullable();

/** One card at one moment. Bytes, watts, degrees Celsius, megahertz, percent, bytes a second. */
export const CardSample = named('CardSample', {
  card: z.string(),
  utilisation: reading,
  memoryOurs: reading,
  memoryUsed: reading,
  memoryTotal: reading,
  power: reading,
  powerLimit: reading,
  temperature: reading,
  clockGraphics: reading,
  clockMemory: reading,
  /** What the card receives over PCIe. */
  pcieReceive: reading,
  /** What keeps its clock down. The power limit does so on many a card at work. */
  slowedBy: z.enum(['nothing', 'heat', 'power']).nullable(),
});
export type CardSample = z.infer<typeof CardSample>;

/**
 * The computer itself. `cpu` is percent of all cores, `load` how many programs wanted one over the last minute, for each
 * of them; the disk is the one that holds the clips.
 */
export const HostSample = named('HostSample', {
  cpu: reading,
  load: reading,
  memoryUsed: reading,
  memoryTotal: reading,
  diskUsed: reading,
  diskTotal: reading,
});
export type HostSample = z.infer<typeof HostSample>;

export const Sample = named('Sample', {
  /** ms since 1970. */
  time: z.number(),
  cards: z.array(CardSample),
  host: HostSample,
});
export type Sample = z.infer<typeof Sample>;

export const Card = named('Card', {
  /** NVML's UUID. */
  id: z.string(),
  name: z.string(),
  driver: z.string().nullable(),
  memoryTotal: reading,
  powerLimit: reading,
  /** Such as "4.0 x16". */
  pcie: z.string().nullable(),
});
export type Card = z.infer<typeof Card>;

/** Where the readings come from; `none` says why there is no card to read. */
export const TelemetrySource = z.discriminatedUnion('kind', [
  named('SourceNvml', { kind: z.literal('nvml') }),
  named('SourceSmi', { kind: z.literal('nvidia-smi') }),
  named('SourceNone', { kind: z.literal('none'), reason: z.enum(['no-driver', 'no-card', 'driver-lost', 'starting']) }),
]);
export type TelemetrySource = z.infer<typeof TelemetrySource>;

/** What the machine is made of. */
export const Machine = named('Machine', {
  source: TelemetrySource,
  cards: z.array(Card),
  processor: z.string(),
  cores: z.int().min(1),
  memoryTotal: z.number(),
  system: z.string(),
});
export type Machine = z.infer<typeof Machine>;

/** The quantities that are kept and drawn, in this order in every history. */
export const cardQuantities = [
  'utilisation',
  'memoryOurs',
  'memoryUsed',
  'power',
  'temperature',
  'clockGraphics',
  'clockMemory',
  'pcieReceive',
] as const;
export const hostQuantities = ['cpu', 'memoryUsed', 'diskUsed'] as const;

export const historySeconds = { min: 10, max: 8 * 3600 } as const;

/**
 * The last `seconds`, in at most `points` buckets of equal length. Each quantity is the mean of its bucket; a bucket
 * without a reading is null, and a chart shows a gap there.
 */
export const HistoryQuery = named('HistoryQuery', {
  /** Null for the computer itself. */
  card: z.string().nullable(),
  seconds: z.number().min(historySeconds.min).max(historySeconds.max),
  points: z.int().min(2).max(4000),
});
export type HistoryQuery = z.infer<typeof HistoryQuery>;

export const PhaseBand = named('PhaseBand', {
  jobId: z.string(),
  phase: Phase,
  from: z.number(),
  /** Null while it goes on. */
  to: z.number().nullable(),
});
export type PhaseBand = z.infer<typeof PhaseBand>;

export const History = named('History', {
  /** ms since 1970, ascending: the middle of each bucket. */
  times: z.array(z.number()),
  /** Ours by the name of the quantity. */
  series: z.record(z.string(), z.array(reading)),
  phases: z.array(PhaseBand),
});
export type History = z.infer<typeof History>;

/** Who holds memory of a card; `bytes` is null where the system does not say (Windows). */
export const CardUser = named('CardUser', {
  pid: z.int(),
  name: z.string(),
  ours: z.boolean(),
  bytes: reading,
  /** Percent of the last seconds in which the card calculated for it. */
  utilisation: reading,
});
export type CardUser = z.infer<typeof CardUser>;

/** Percent of time in which the card had something to do, what it drew of what it may, and what came over the bus. */
const work = { utilisation: z.number(), power: reading, powerLimit: reading, pcieReceive: reading };
/** The program that is to blame; null while nobody knows. */
const program = z.string().nullable();

/** What the readings say of the render that goes on, and why. Each has its words, and what to do about it. */
export const Health = z.discriminatedUnion('kind', [
  named('HealthHealthy', { kind: z.literal('healthy') }),
  /** The card waits for most of the time; or it says that it works, and draws no power for it. */
  named('HealthUnderused', {
    kind: z.literal('underused'),
    cause: z.enum([
      /** The plan fetches weights over the bus part by part. */
      'streaming',
      /** Others keep the computer's processor busy. */
      'processor',
      /** The computer's memory is full, and what is needed comes from the disk. */
      'paging',
      'heat',
      'power',
      'unknown',
    ]),
    ...work,
    program,
  }),
  /** It works all the time, and slower than it could. */
  named('HealthSlowed', {
    kind: z.literal('slowed'),
    cause: z.enum(['heat', 'another-program']),
    temperature: reading,
    clock: reading,
    /** The highest clock of the last minute. */
    usualClock: reading,
    program,
  }),
  /** Less of the card's memory is free than the plan left. */
  named('HealthNearlyFull', {
    kind: z.literal('nearly-full'),
    usedBytes: z.number(),
    totalBytes: z.number(),
    others: z.array(Holder),
  }),
  /** Others keep the computer's processor busy; the card does not suffer yet. */
  named('HealthProcessor', { kind: z.literal('processor'), percent: z.number(), program }),
]);
export type Health = z.infer<typeof Health>;

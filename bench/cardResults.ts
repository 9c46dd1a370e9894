/** What the programs of bench/gpu printed, as it is kept. */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { Prediction } from '../contract/plan.ts';
import { root } from './root.ts';

const Phase = z.object({
  seconds: z.number(),
  allocated_gib: z.number().nullish(),
  reserved_gib: z.number().nullish(),
});
const PlanLine = z.object({
  bench: z.literal('plans'),
  name: z.string(),
  cap_gib: z.number().nullable(),
  /** Of a plan of the planner, with what it had said; a way by name has neither. */
  way: z.enum(['planned', 'other']).nullish(),
  predicted: Prediction.nullish(),
  failed: z.string().nullish(),
  seconds_a_step: z.number().nullish(),
  utilisation_percent: z.number().nullish(),
  first_step_seconds: z.number().nullish(),
  latents_psnr: z.number().nullish(),
  phases: z.record(z.string(), Phase),
});
const Pair = z.tuple([z.number().nullable(), z.number().nullable()]);
const OfficialLine = z.object({
  bench: z.literal('official'),
  model: z.string(),
  name: z.string(),
  cap_gib: z.number().nullable(),
  steps: z.int(),
  failed: z.string().nullish(),
  seconds_a_step: z.number().nullish(),
  decode_seconds: z.number().nullish(),
  whole_seconds: z.number().nullish(),
  extrapolated: z.boolean().nullish(),
  utilisation_percent: z.number().nullish(),
  peaks_gib: z.record(z.string(), Pair).nullish(),
  latents_equal: z.boolean().nullish(),
  latents_psnr: z.number().nullish(),
  frames_psnr: z.number().nullish(),
});
const LoadingLine = z.object({
  bench: z.literal('loading'),
  model: z.string(),
  name: z.string(),
  cache: z.enum(['cold', 'warm']),
  failed: z.string().nullish(),
  weights_to_first_step: z.number().nullish(),
  /** Of that, where it is known: seconds of reading weights, of locking their pages, of bringing what stays on the card. */
  reading_seconds: z.number().nullish(),
  locking_seconds: z.number().nullish(),
  bringing_seconds: z.number().nullish(),
  private_gib: z.number().nullish(),
  mapped_gib: z.number().nullish(),
});
const RecoveryLine = z.object({
  bench: z.literal('recovery'),
  model: z.string(),
  at: z.string(),
  /** Null where no limit is what befell it. */
  limitGib: z.number().nullish(),
  done: z.boolean(),
  attempts: z.int(),
  tried: z.string(),
  stepsAgain: z.int().nullish(),
  lostSeconds: z.number(),
  failedAfterSeconds: z.number().nullish(),
  seconds: z.number(),
  heldAfterGib: z.number().nullable(),
  /** Of so many times in one worker. */
  turn: z.int().default(1),
  turns: z.int().default(1),
});
const AttentionLine = z.object({
  bench: z.literal('attention'),
  model: z.string(),
  name: z.string(),
  tokens: z.int(),
  heads: z.int(),
  failed: z.string().nullish(),
  first_seconds: z.number().nullish(),
  seconds: z.number().nullish(),
  psnr: z.number().nullish(),
});
const ProductsLine = z.object({
  bench: z.literal('products'),
  model: z.string(),
  name: z.string(),
  tokens: z.int(),
  width: z.int(),
  failed: z.string().nullish(),
  block_seconds: z.number().nullish(),
  seconds: z.record(z.string(), z.number()).nullish(),
  first_seconds: z.number().nullish(),
  beside_gib: z.number().nullish(),
  psnr: z.number().nullish(),
});
const BlocksLine = z.object({
  bench: z.literal('blocks'),
  model: z.string(),
  name: z.string(),
  tokens: z.int(),
  width: z.int(),
  failed: z.string().nullish(),
  seconds: z.number().nullish(),
  first_seconds: z.number().nullish(),
  psnr: z.number().nullish(),
  beside_gib: z.number().nullish(),
  passes: z.number().nullish(),
  gb_per_second: z.number().nullish(),
});
/** Milliseconds of the card's work, and in how many pieces. */
const Times = z.object({ ms: z.number(), count: z.int() });
const Clocks = z.object({
  mhz: z.number().nullable(),
  least_mhz: z.number().nullable(),
  most_mhz: z.number().nullable(),
  watts: z.number().nullable(),
  limit_watts: z.number().nullable(),
  /** Shares of the time in which something held the clock back, by what. */
  held_back: z.record(z.string(), z.number()),
});
const ProfiledStep = z.object({
  step: z.int(),
  calculated: z.boolean(),
  seconds: z.number(),
  failed: z.string().nullish(),
  idle_ms: z.number().nullish(),
  kinds: z.record(z.string(), Times).nullish(),
  top: z.array(Times.extend({ name: z.string(), kind: z.string() })).nullish(),
});
const ProfileLine = z.object({
  bench: z.literal('profile'),
  model: z.string(),
  name: z.string(),
  failed: z.string().nullish(),
  clocks: Clocks.nullish(),
  calculated_seconds: z.number().nullish(),
  cached_seconds: z.number().nullish(),
  profiled: z.array(ProfiledStep).nullish(),
});
const PictureLine = z.object({
  bench: z.literal('pictures'),
  name: z.string(),
  scheduler: z.string(),
  width: z.int(),
  height: z.int(),
  tokens: z.int(),
  steps: z.int(),
  failed: z.string().nullish(),
  /** Of each clip from the exact one; null: it is the same. */
  decibels: z.array(z.number().nullable()).nullish(),
});
const Head = z.object({ device: z.string(), torch: z.string() });
const Line = z.discriminatedUnion('bench', [
  PlanLine,
  OfficialLine,
  LoadingLine,
  RecoveryLine,
  AttentionLine,
  ProductsLine,
  BlocksLine,
  ProfileLine,
  PictureLine,
]);
export type PlanLine = z.infer<typeof PlanLine>;
/** Of a plan of the planner, with what it had said. */
export type SaidLine = PlanLine & { predicted: Prediction };
export type LoadingLine = z.infer<typeof LoadingLine>;
export type OfficialLine = z.infer<typeof OfficialLine>;
/** Of a plan of the planner, whatever it was compiled with. */
export const isOurs = ({ name }: OfficialLine): boolean => !['sequential', 'model', 'resident'].includes(name);
export type AttentionLine = z.infer<typeof AttentionLine>;
export type ProductsLine = z.infer<typeof ProductsLine>;
export type BlocksLine = z.infer<typeof BlocksLine>;
export type ProfileLine = z.infer<typeof ProfileLine>;
export type PictureLine = z.infer<typeof PictureLine>;
export type RecoveryLine = z.infer<typeof RecoveryLine>;

export interface Results {
  machines: string[];
  lines: z.infer<typeof Line>[];
}

const measured = join(root, 'bench', 'gpu', 'measured');

/** All that is kept of one card, by torch's name for it; the files in the order of the dates that their names begin with. */
export async function measuredResults(card: string): Promise<Results> {
  const names = (await readdir(measured)).filter((name) => name.endsWith('.jsonl')).sort();
  const texts = await Promise.all(names.map((name) => readFile(join(measured, name), 'utf8')));
  const files = texts.map((text) => {
    const lines = text.split('\n').filter((line) => line.startsWith('{'));
    return lines.map((line): unknown => JSON.parse(line));
  });
  return readResults(files.filter((lines) => cardOf(lines) === card).flat());
}

/** Keeps what was printed. */
export const keepResults = (name: string, text: string): Promise<void> => writeFile(join(measured, name), text);

const cardOf = (lines: readonly unknown[]): string | undefined =>
  lines.flatMap((line) => Head.safeParse(line).data?.device ?? [])[0];

/**
 * What the programs printed, whichever. A line that none of them writes is an error; the heads are told apart. Of what was
 * measured twice the later counts.
 */
function readResults(found: readonly unknown[]): Results {
  const machines = new Set<string>();
  const lines = new Map<string, z.infer<typeof Line>>();
  for (const each of found) {
    const head = Head.safeParse(each).data;
    if (head !== undefined) machines.add(`${head.device}, torch ${head.torch}`);
    if (each === null || typeof each !== 'object' || !('bench' in each)) continue;
    const line = Line.parse(each);
    lines.set(keyOf(line), line);
  }
  return { machines: [...machines], lines: [...lines.values()] };
}

/** What it is a measurement of. */
function keyOf(line: z.infer<typeof Line>): string {
  switch (line.bench) {
    case 'plans':
      return JSON.stringify([line.bench, line.name, line.cap_gib]);
    case 'official':
      return JSON.stringify([line.bench, line.model, line.cap_gib, line.name]);
    case 'loading':
      return JSON.stringify([line.bench, line.model, line.name, line.cache]);
    case 'attention':
    case 'products':
    case 'blocks':
    case 'profile':
      return JSON.stringify([line.bench, line.model, line.name]);
    case 'pictures':
      return JSON.stringify([line.bench, line.name, line.scheduler, line.height, line.steps]);
    case 'recovery':
      return JSON.stringify([line.bench, line.model, line.at, line.turn, line.turns]);
  }
}

/** The lines of one program. */
export const only = <Kind extends string>({ lines }: Results, kind: Kind) =>
  lines.filter((line): line is Extract<z.infer<typeof Line>, { bench: Kind }> => line.bench === kind);

/** What attention by cuDNN took of what torch's own choice took; null where not both were measured. */
export function cudnnShare(results: Results, model: string): number | null {
  const seconds = (name: string) =>
    only(results, 'attention').find((line) => line.model === model && line.name === name)?.seconds ?? null;
  const [cudnn, own] = [seconds('cudnn'), seconds("torch's choice")];
  return cudnn === null || own === null ? null : cudnn / own;
}

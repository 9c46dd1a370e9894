/** What was measured on a card, in tables. */
import { z } from 'zod';
import type { Prediction } from '../contract/plan.ts';
import type { Case } from './cardCases.ts';
import { table } from './report.ts';

const gib = 2 ** 30;
export const cardTitle = '## On a card';
/** Of a whole clip; what ran for fewer is reckoned up. */
export const clipSteps = 50;

const Phase = z.object({
  seconds: z.number(),
  allocated_gib: z.number().nullish(),
  reserved_gib: z.number().nullish(),
});
const PlanLine = z.object({
  bench: z.literal('plans'),
  name: z.string(),
  cap_gib: z.number().nullable(),
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
  private_gib: z.number().nullish(),
});
const RecoveryLine = z.object({
  bench: z.literal('recovery'),
  model: z.string(),
  at: z.string(),
  done: z.boolean(),
  attempts: z.int(),
  tried: z.string(),
  stepsAgain: z.int().nullish(),
  lostSeconds: z.number(),
  seconds: z.number(),
  heldAfterGib: z.number().nullable(),
});
const Head = z.object({ device: z.string(), torch: z.string() });
export const Line = z.discriminatedUnion('bench', [PlanLine, OfficialLine, LoadingLine, RecoveryLine]);
export type PlanLine = z.infer<typeof PlanLine>;
export type OfficialLine = z.infer<typeof OfficialLine>;
export type RecoveryLine = z.infer<typeof RecoveryLine>;

export interface Results {
  machines: string[];
  lines: z.infer<typeof Line>[];
}

/** What the programs printed, whichever. A line that none of them writes is an error; the heads are told apart. */
export function readResults(found: readonly unknown[]): Results {
  const machines = new Set<string>();
  const lines = found.flatMap((line) => {
    if (line !== null && typeof line === 'object' && 'bench' in line) return [Line.parse(line)];
    const head = Head.safeParse(line).data;
    if (head !== undefined) machines.add(`${head.device}, torch ${head.torch}`);
    return [];
  });
  return { machines: [...machines], lines };
}

const figure = (value: number | null | undefined, digits: number): string => value?.toFixed(digits) ?? '';
const inGib = (bytes: number | null | undefined) => (bytes == null ? '' : (bytes / gib).toFixed(2));
const only = <Kind extends string>({ lines }: Results, kind: Kind) =>
  lines.filter((line): line is Extract<z.infer<typeof Line>, { bench: Kind }> => line.bench === kind);

/** The whole section. Parts of which nothing was measured are left out. */
export function cardSection(cases: readonly Case[], results: Results): string {
  const lines = only(results, 'plans');
  const plans = new Map(lines.map((line) => [line.name, line]));
  const parts = [
    `${cardTitle}\n\n${results.machines.join('; ')}. CogVideoX at its true size with random weights; ${clipSteps} steps with guidance.`,
    plans.size > 0 ? planned(cases, plans) : '',
    named(cases, lines),
    official(only(results, 'official')),
    loading(only(results, 'loading')),
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

function planned(cases: readonly Case[], measured: ReadonlyMap<string, PlanLine>): string {
  const head = ['', 's a step', 'said', 'best other', 'denoise GiB', 'said', 'reserved', 'decode s', 'said'];
  const rows = cases.flatMap(({ name, way, predicted }) => {
    const found = measured.get(name);
    return found === undefined || way === 'other' ? [] : [rowOf(name, predicted, found, othersOf(name, measured))];
  });
  return `### The planner's plans under caps

Said: before these were measured. The first decode of a model makes its kernels, which then stay on the disk.

${table([...head, 'decode GiB', 'said', 'GPU %'], rows)}

${judged(cases, measured)}`;
}

/** The next best exact ways under the same cap, as far as they came to an end. */
const othersOf = (name: string, measured: ReadonlyMap<string, PlanLine>): PlanLine[] =>
  [...measured.values()].filter((each) => !each.failed && each.name.startsWith(`${name}, `));

const stepOf = (line: PlanLine): number => line.seconds_a_step ?? Number.POSITIVE_INFINITY;

function rowOf(name: string, predicted: Prediction, line: PlanLine, others: readonly PlanLine[]): string[] {
  if (line.failed) return [name, line.failed, ...Array.from({ length: 10 }, () => '')];
  const said = (phase: string) => predicted.phases.find((each) => each.phase === phase);
  const { denoise, decode } = line.phases;
  return [
    name,
    ...[figure(line.seconds_a_step, 2), figure(predicted.stepSeconds, 2)],
    others.length === 0 ? '' : figure(Math.min(...others.map(stepOf)), 2),
    ...[figure(denoise?.allocated_gib, 2), inGib(said('denoising')?.deviceBytes), figure(denoise?.reserved_gib, 2)],
    ...[figure(decode?.seconds, 2), figure(said('decoding')?.seconds, 2)],
    ...[figure(decode?.allocated_gib, 2), inGib(said('decoding')?.deviceBytes)],
    figure(line.utilisation_percent, 0),
  ];
}

/** Ways by name, without a cap, each beside the first. */
function named(cases: readonly Case[], lines: readonly PlanLine[]): string {
  const known = new Set(cases.map(({ name }) => name));
  const found = lines.filter(({ name }) => !known.has(name));
  if (found.length === 0) return '';
  const rows = found.map((line) => [
    line.name,
    ...(line.failed
      ? [line.failed, '', '', '']
      : [
          ...[figure(line.seconds_a_step, 2), figure(line.first_step_seconds, 1)],
          ...[figure(line.phases['denoise']?.allocated_gib, 2), figure(line.latents_psnr, 1)],
        ]),
  ]);
  return `### Compiled blocks

5B at 720x480 and 49 frames; the first step compiles. PSNR of the latents against the first way.

${table(['way', 's a step', 'first step s', 'denoise GiB', 'PSNR'], rows)}`;
}

/** How well the planner did: what it said of memory and time, and whether another plan was faster. */
function judged(cases: readonly Case[], measured: ReadonlyMap<string, PlanLine>): string {
  const peaks: number[] = [];
  const steps: number[] = [];
  const regrets: number[] = [];
  for (const { name, way, predicted } of cases) {
    const line = measured.get(name);
    if (line === undefined || line.failed) continue;
    for (const [mine, theirs] of [
      ['denoising', 'denoise'],
      ['decoding', 'decode'],
    ] as const) {
      const bytes = predicted.phases.find(({ phase }) => phase === mine)?.deviceBytes;
      const peak = line.phases[theirs]?.allocated_gib;
      if (bytes && peak) peaks.push((peak * gib) / bytes);
    }
    const step = line.seconds_a_step;
    if (step == null) continue;
    steps.push(step / predicted.stepSeconds);
    if (way !== 'planned') continue;
    const others = othersOf(name, measured);
    if (others.length > 0) regrets.push(step / Math.min(step, ...others.map(stepOf)));
  }
  const range = (values: number[]) =>
    values.length === 0 ? 'none' : `${Math.min(...values).toFixed(2)} to ${Math.max(...values).toFixed(2)}`;
  const lost = [...measured.values()].filter(({ failed }) => failed).length;
  return [
    `Runs: ${measured.size}, of which ${lost} failed.`,
    `Measured against predicted: memory ${range(peaks)}, seconds a step ${range(steps)}.`,
    `A step of the chosen plan against one of the fastest that was tried: ${range(regrets)}.`,
  ].join('\n');
}

const wayNames: Record<string, string> = {
  sequential: 'library, sequential offload, tiles',
  model: 'library, model offload, tiles',
  resident: 'library, resident, tiles',
  ours: 'Reelwright',
};

function official(lines: readonly OfficialLine[]): string {
  if (lines.length === 0) return '';
  const rows = lines.map((line) => {
    const cap = line.cap_gib === null ? 'none' : `${line.cap_gib}`;
    const name = [line.model, cap, wayNames[line.name] ?? line.name];
    if (line.failed) return [...name, line.failed, '', '', '', '', '', ''];
    const peaks = Object.values(line.peaks_gib ?? {});
    const highest = (index: 0 | 1) => Math.max(0, ...peaks.map((pair) => pair[index] ?? 0)) || null;
    const first = lines.find((each) => each.model === line.model && each.cap_gib === line.cap_gib && !each.failed);
    const times =
      first === line || !first?.whole_seconds || !line.whole_seconds ? '' : first.whole_seconds / line.whole_seconds;
    return [
      ...name,
      ...[figure(line.seconds_a_step, 2), figure(line.decode_seconds, 1)],
      `${figure(line.whole_seconds, 0)}${line.extrapolated ? ` (from ${line.steps} steps)` : ''}`,
      times === '' ? '' : `${times.toFixed(2)}x`,
      ...[`${figure(highest(0), 2)} / ${figure(highest(1), 2)}`, figure(line.utilisation_percent, 0)],
      line.latents_equal ? 'latents equal' : figure(line.frames_psnr, 1),
    ];
  });
  const head = ['model', 'GiB', 'way', 's a step', 'decode s', 'whole clip s', 'faster', 'GiB allocated / reserved'];
  return `### Beside the library's own recipes

The same model, settings and cap; text encoder and decode included. PSNR of the frames against the first way.

${table([...head, 'GPU %', 'PSNR'], rows)}`;
}

function loading(lines: readonly z.infer<typeof LoadingLine>[]): string {
  if (lines.length === 0) return '';
  const rows = lines.map((line) => [
    ...[line.model, wayNames[line.name] ?? line.name, line.cache],
    line.failed ?? figure(line.weights_to_first_step, 1),
    figure(line.private_gib, 2),
  ]);
  return `### From the weights to the first step

Imports are not counted; the prompt is read. Page cache: without the files, and with them.

${table(['model', 'way', 'page cache', 's', 'private memory GiB'], rows)}`;
}

/** What came of memory that ran out, for docs/oom-recovery.md; empty where none was measured. */
export function recoverySection(results: Results): string {
  const lines = only(results, 'recovery');
  if (lines.length === 0) return '';
  const rows = lines.map((line) => [
    ...[line.model, line.at, line.done ? 'yes' : 'no', String(line.attempts), line.tried],
    ...[figure(line.stepsAgain, 0), line.lostSeconds.toFixed(1), line.seconds.toFixed(1), figure(line.heldAfterGib, 2)],
  ]);
  const head = [
    'model',
    'memory ran out at',
    'clip',
    'attempts',
    'what was done',
    'steps again',
    'lost s',
    'all s',
    'GiB held after',
  ];
  return `## Out of memory, recovered from without a hand

${results.machines.join('; ')}. CogVideoX at its true size with random weights. The limit of the card's allocator falls in the middle of a
render, to what its plan cannot do with, and stays there. How it is measured: [development.md](development.md).

${table(head, rows)}`;
}

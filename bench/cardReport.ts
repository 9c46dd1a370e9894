/** What was measured on a card, in tables. */
import {
  type AttentionLine,
  type LoadingLine,
  type OfficialLine,
  only,
  type PlanLine,
  type ProductsLine,
  type RecoveryLine,
  type Results,
  type SaidLine,
} from './cardResults.ts';
import { blocks, pictures, profile } from './cardSteps.ts';
import { figure, inShort } from './figures.ts';
import { table } from './report.ts';

const gib = 2 ** 30;
export const cardTitle = '## On a card';
/** Of a whole clip; what ran for fewer is reckoned up. */
export const clipSteps = 50;

const inGib = (bytes: number | null | undefined) => (bytes == null ? '' : (bytes / gib).toFixed(2));
/** The whole section. Parts of which nothing was measured are left out. */
export function cardSection(results: Results): string {
  const lines = only(results, 'plans');
  const said = lines.filter(isSaid);
  const parts = [
    `${cardTitle}\n\n${results.machines.join('; ')}. CogVideoX at its true size with random weights; ${clipSteps} steps with guidance.`,
    said.length > 0 ? planned(said) : '',
    named(lines.filter((line) => !isSaid(line))),
    profile(only(results, 'profile')),
    blocks(only(results, 'blocks')),
    attention(only(results, 'attention')),
    products(only(results, 'products')),
    pictures(only(results, 'pictures')),
    official(only(results, 'official')),
    loading(only(results, 'loading')),
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

/** Until the plans are measured with blocks as they are now. */
const since = `Without a
compiler, blocks move and keep half as many numbers since then: a step of the 5B takes 1.70 s, and 1.4 GiB less
([engine-plan.md](engine-plan.md)).`;

const isSaid = (line: PlanLine): line is SaidLine => line.predicted != null;

function planned(lines: readonly SaidLine[]): string {
  const head = ['', 's a step', 'said', 'best other', 'denoise GiB', 'said', 'reserved', 'decode s', 'said'];
  const rows = lines.filter(({ way }) => way === 'planned').map((line) => rowOf(line, othersOf(line, lines)));
  return `### The planner's plans under caps

Said: before these were measured. The first decode of a model makes its kernels, which then stay on the disk. ${since}

${table([...head, 'decode GiB', 'said', 'GPU %'], rows)}

${judged(lines)}`;
}

/** The next best exact ways under the same cap, as far as they came to an end. */
const othersOf = ({ name }: PlanLine, lines: readonly SaidLine[]): SaidLine[] =>
  lines.filter((each) => !each.failed && each.name.startsWith(`${name}, `));

const stepOf = (line: PlanLine): number => line.seconds_a_step ?? Number.POSITIVE_INFINITY;

function rowOf(line: SaidLine, others: readonly SaidLine[]): string[] {
  const { name, predicted } = line;
  if (line.failed) return [name, inShort(line.failed), ...Array.from({ length: 10 }, () => '')];
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
function named(lines: readonly PlanLine[]): string {
  if (lines.length === 0) return '';
  const rows = lines.map((line) => [
    line.name,
    ...(line.failed
      ? [inShort(line.failed), '', '', '']
      : [
          ...[figure(line.seconds_a_step, 2), figure(line.first_step_seconds, 1)],
          ...[figure(line.phases['denoise']?.allocated_gib, 2), figure(line.latents_psnr, 1)],
        ]),
  ]);
  return `### Compiled blocks

5B at 720x480 and 49 frames; the first step compiles, and does not count. Where steps are cached, the mean of 50. PSNR of the latents
against the first way.

${table(['way', 's a step', 'first step s', 'denoise GiB', 'PSNR'], rows)}`;
}

function attention(lines: readonly AttentionLine[]): string {
  if (lines.length === 0) return '';
  const rows = lines.map(({ model, name, tokens, heads, failed, seconds, first_seconds, psnr }) => [
    ...[model, name, inShort(failed) ?? (seconds == null ? '' : figure(1000 * seconds, 2))],
    seconds == null ? '' : figure(attentionOperations(tokens, heads) / seconds / 1e12, 0),
    ...[figure(first_seconds, 2), figure(psnr, 1)],
  ]);
  return `### Kernels of attention

One layer's attention for two prompts at once. PSNR against single precision.

${table(['model', 'kernel', 'ms', 'TFLOP/s', 'first call s', 'PSNR'], rows)}`;
}

/** Products and sums of two matrix products of every head, 64 wide, for two prompts. */
const attentionOperations = (tokens: number, heads: number): number => 2 * 4 * tokens ** 2 * heads * 64;

function products(lines: readonly ProductsLine[]): string {
  if (lines.length === 0) return '';
  const milliseconds = (seconds: number | null | undefined) => (seconds == null ? '' : figure(1000 * seconds, 2));
  const rows = lines.map(({ model, name, tokens, width, failed, block_seconds: block, ...line }) => [
    ...[model, name, inShort(failed) ?? milliseconds(block)],
    block == null ? '' : figure(productOperations(tokens, width) / block / 1e12, 0),
    ...['attention', 'widening', 'narrowing'].map((layer) => milliseconds(line.seconds?.[layer])),
    ...[figure(line.first_seconds, 1), figure(line.beside_gib, 2), figure(line.psnr, 1)],
  ]);
  const layers = ['one of attention', 'widening', 'narrowing'];
  return `### Products of a block

Those of one block for two prompts at once: four of the attention, one that widens and one that narrows. In eight bits what goes in
is rounded row by row, to whole numbers unless floats are said. PSNR against single precision, of the worst of them.

${table(['model', 'way', 'ms', 'TOP/s', ...layers, 'first calls s', 'GiB beside', 'PSNR'], rows)}`;
}

/** Of a block's products for two prompts. */
const productOperations = (tokens: number, width: number): number => 2 * 24 * tokens * width ** 2;

/** How well the planner did: what it said of memory and time, and whether another plan was faster. */
function judged(lines: readonly SaidLine[]): string {
  const made = lines.filter(({ failed }) => !failed);
  const peaks = made.flatMap(({ phases, predicted }) =>
    (['denoise', 'decode'] as const).flatMap((phase) => {
      const said = predicted.phases.find((each) => each.phase === saidAs[phase])?.deviceBytes;
      const peak = phases[phase]?.allocated_gib;
      return said && peak ? [(peak * gib) / said] : [];
    }),
  );
  const regrets = made
    .filter(({ way }) => way === 'planned')
    .flatMap((line) => {
      const others = othersOf(line, lines);
      return others.length === 0 ? [] : [stepOf(line) / Math.min(stepOf(line), ...others.map(stepOf))];
    });
  return [
    `Runs: ${lines.length}, of which ${lines.length - made.length} failed.`,
    `Measured against predicted: memory ${range(peaks)}, seconds a step ${range(made.map(slowness))}.`,
    `Seconds a step, once one chosen plan of the model has run, whichever: ${range(calibrated(made))}.`,
    `A step of the chosen plan against one of the fastest that was tried: ${range(regrets)}.`,
  ].join('\n');
}

const saidAs = { denoise: 'denoising', decode: 'decoding' } as const;
const slowness = (line: SaidLine): number => stepOf(line) / line.predicted.stepSeconds;

const range = (values: readonly number[]): string =>
  values.length === 0 ? 'none' : `${Math.min(...values).toFixed(2)} to ${Math.max(...values).toFixed(2)}`;

/**
 * Measured against predicted of every run, after another of its model: what that one took beyond what was said, the
 * planner then reckons in (`correctionsFrom`).
 */
function calibrated(lines: readonly SaidLine[]): number[] {
  const modelOf = ({ name }: SaidLine) => name.slice(0, name.indexOf(' '));
  return lines
    .filter(({ way }) => way === 'planned')
    .flatMap((known) =>
      lines
        .filter((line) => line !== known && modelOf(line) === modelOf(known))
        .map((line) => slowness(line) / slowness(known)),
    );
}

const wayNames: Record<string, string> = {
  sequential: 'library, sequential offload, tiles',
  model: 'library, model offload, tiles',
  resident: 'library, resident, tiles',
  ours: 'Reelwright',
  'ours, again': 'the same, its kernels found',
  compiled: 'Reelwright, compiled',
  'compiled, again': 'the same, found compiled',
};

function official(lines: readonly OfficialLine[]): string {
  if (lines.length === 0) return '';
  const rows = lines.map((line) => {
    const cap = line.cap_gib === null ? 'none' : `${line.cap_gib}`;
    const name = [line.model, cap, wayNames[line.name] ?? line.name];
    if (line.failed) return [...name, inShort(line.failed), '', '', '', '', '', ''];
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

The same model, settings and cap; text encoder and decode included. PSNR of the frames against the first way. The first clip
makes its kernels, which stay on the disk.

${table([...head, 'GPU %', 'PSNR'], rows)}`;
}

function loading(lines: readonly LoadingLine[]): string {
  if (lines.length === 0) return '';
  const rows = lines.map((line) => [
    ...[line.model, wayNames[line.name] ?? line.name, line.cache],
    inShort(line.failed) ?? figure(line.weights_to_first_step, 1),
    ...[line.reading_seconds, line.locking_seconds, line.bringing_seconds].map((seconds) => figure(seconds, 1)),
    ...[line.private_gib, line.mapped_gib].map((size) => figure(size, 2)),
  ]);
  const head = ['model', 'way', 'page cache', 's', 'reading', 'locking', 'to the card', 'private GiB', 'mapped GiB'];
  return `### From the weights to the first step

Imports are not counted; the prompt is read. Page cache: without the files, and with them. Of the seconds, those of reading
weights, of locking their pages and of bringing what stays on the card. Mapped: pages of files, which nobody has twice.

${table(head, rows)}`;
}

const whatAnew = '*Lost anew*: what was done until it failed, the least that is lost by starting from nothing.';

/** What came of memory that ran out, for docs/oom-recovery.md; empty where none was measured. */
export function recoverySection(results: Results): string {
  const lines = only(results, 'recovery');
  if (lines.length === 0) return '';
  const once = lines.filter(({ turns }) => turns === 1);
  const anew = once.some(({ failedAfterSeconds }) => failedAfterSeconds != null);
  const head = [
    ...['model', 'memory ran out at', 'GiB left to it', 'clip', 'attempts', 'what was done', 'steps again', 'lost s'],
    ...(anew ? ['lost anew s'] : []),
    ...['all s', 'GiB held after'],
  ];
  const rows = once.map((line) => [
    ...[line.model, line.at, figure(limitOf(line), 2), line.done ? 'yes' : 'no', String(line.attempts), line.tried],
    ...[figure(line.stepsAgain, 0), line.lostSeconds.toFixed(1)],
    ...(anew ? [figure(line.failedAfterSeconds, 1)] : []),
    ...[line.seconds.toFixed(1), figure(line.heldAfterGib, 2)],
  ]);
  return `## Out of memory, recovered from without a hand

${results.machines.join('; ')}. CogVideoX at its true size with random weights. The limit of the card's allocator falls in the middle of a
render, to what its plan cannot do with, and stays there. How it is measured: [development.md](development.md).${anew ? `\n${whatAnew}` : ''}

${table(head, rows)}${again(lines.filter(({ turns }) => turns > 1))}`;
}

/** Null where it was not for want of memory, or where somebody had all of it at first. */
const limitOf = ({ at, limitGib }: RecoveryLine): number | null =>
  at === 'worker killed' || at === 'card lost' ? null : limitGib || null;

/** What the same failure left behind, time after time. */
function again(lines: readonly RecoveryLine[]): string {
  if (lines.length === 0) return '';
  const series = new Map<string, RecoveryLine[]>();
  for (const line of lines) {
    const name = `${line.model}, ${line.at}`;
    series.set(name, [...(series.get(name) ?? []), line]);
  }
  const rows = [...series].map(([name, all]) => [
    ...[name, String(all.length), String(all.filter(({ done }) => done).length)],
    ...[figure(all[0]?.heldAfterGib, 2), figure(all.at(-1)?.heldAfterGib, 2)],
    Math.max(...all.map(({ attempts }) => attempts)).toFixed(0),
  ]);
  const head = ['in one worker', 'times', 'clips', 'GiB held after the first', 'after the last', 'most attempts'];
  return `\n\n${table(head, rows)}`;
}

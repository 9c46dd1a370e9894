/** What a step's seconds go into, and how far what is offered is from the exact picture, in tables. */
import type { BlocksLine, PictureLine, ProfileLine } from './cardResults.ts';
import { figure, inShort } from './figures.ts';
import { table } from './report.ts';

/** As bench/gpu/profiling.py tells kernels apart, beside others. */
const kinds = ['attention', 'products', 'compiled', 'one by one', 'copies'] as const;

export function profile(lines: readonly ProfileLine[]): string {
  if (lines.length === 0) return '';
  const head = ['way', 'step', 's', ...kinds.map((kind) => `${kind} ms`), 'other', 'idle'];
  const clock = ['calculated s', 'cached s', 'MHz', 'least', 'of', 'W', 'of', 'held back by'];
  return `### Where the seconds of a step go

5B at 720x480 and 49 frames. Milliseconds of the card's work in an early step and in a late one, or in one that is cached and in one
that is not; idle: between its first and its last work. One by one: what no compiler has put together.

${table(head, lines.flatMap(stepsOf))}

The clock of all steps but the first, the seconds of those that nobody looked into; medians.

${table(['way', ...clock], lines.map(clockOf))}`;
}

function stepsOf({ name, failed, profiled }: ProfileLine): string[][] {
  if (failed) return [[name, inShort(failed), ...Array.from({ length: kinds.length + 3 }, () => '')]];
  return (profiled ?? []).map((step) => {
    const { other, ...known } = step.kinds ?? {};
    const found = [...kinds.map((kind) => known[kind]), other].map((times) =>
      step.failed ? '' : figure(times?.ms ?? 0, 1),
    );
    return [
      ...[name, `${step.step}${step.calculated ? '' : ', cached'}`, inShort(step.failed) ?? figure(step.seconds, 3)],
      ...[...found, figure(step.idle_ms, 1)],
    ];
  });
}

function clockOf({ name, clocks, ...line }: ProfileLine): string[] {
  const held = Object.entries(clocks?.held_back ?? {}).filter(([, share]) => share > 0);
  return [
    ...[name, figure(line.calculated_seconds, 3), figure(line.cached_seconds, 3)],
    ...[clocks?.mhz, clocks?.least_mhz, clocks?.most_mhz, clocks?.watts, clocks?.limit_watts].map((one) =>
      figure(one, 0),
    ),
    held.map(([what, share]) => `${what} ${figure(100 * share, 0)} %`).join(', '),
  ];
}

/** Of what is tried with other numbers of warps only the one that is taken. */
export function blocks(lines: readonly BlocksLine[]): string {
  const told = lines.filter(({ name }) => !name.includes('warps'));
  if (told.length === 0) return '';
  const rows = told.map(({ model, name, failed, seconds, ...line }) => [
    ...[model, name, inShort(failed) ?? (seconds == null ? '' : figure(1000 * seconds, 2))],
    ...[figure(line.gb_per_second, 0), figure(line.beside_gib, 2), figure(line.psnr, 1)],
  ]);
  return `### One block

For two prompts at once; then, one by one, what is done between its products, and how much of the states it reads and writes in a
second: a copy is as fast as the card's memory. PSNR against single precision.

${table(['model', 'way', 'ms', 'GB/s', 'GiB beside', 'PSNR'], rows)}`;
}

export function pictures(lines: readonly PictureLine[]): string {
  if (lines.length === 0) return '';
  const rows = lines.map(({ name, scheduler, steps, width, height, tokens, failed, decibels }) => [
    ...[name, scheduler, String(steps), `${width}x${height}`, String(tokens)],
    inShort(failed) ?? (decibels ?? []).map((one) => (one === null ? 'the same' : figure(one, 1))).join(', '),
  ]);
  return `### What is offered, beside the exact picture

Three clips of the starter model each, 17 frames, in decibels from the exact ones, frame by frame.

${table(['way', 'scheduler', 'steps', 'size', 'tokens', 'dB'], rows)}`;
}

/**
 * The planner's plans for a card that is measured elsewhere, and what came of them.
 *
 *     node bench/plans.ts write                 bench/gpu/plans-MODEL.jsonl, for a machine with a card, and there:
 *                                               python bench/gpu/plans.py --model 5b --plans-from bench/gpu/plans-5b.jsonl
 *     node bench/plans.ts report results.jsonl  the tables, predicted against measured
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { Prediction } from '../contract/plan.ts';
import type { Plan } from '../contract/render.ts';
import { cardSpeed } from '../electron/studio/planner/cards.ts';
import { readCatalogue } from '../electron/studio/planner/facts.ts';
import type { PlanMachine } from '../electron/studio/planner/machine.ts';
import { fittingWays } from '../electron/studio/planner/plan.ts';
import type { Way } from '../electron/studio/planner/prediction.ts';
import { table } from './report.ts';
import { root } from './root.ts';

const gib = 2 ** 30;
const fileOf = (kind: string) => join(root, 'bench', 'gpu', `plans-${kind}.jsonl`);
const card = { name: 'NVIDIA H100 80GB HBM3', memory: 80, host: 128 } as const;

/** A line for bench/gpu/plans.py, which reads the first three. */
interface Case {
  name: string;
  gib: number | null;
  plan: Plan;
  way: 'planned' | 'other';
  predicted: Prediction;
}

/** What is said to take so many times as long is not tried. */
const worthTrying = 1.15;

const small = { width: 720, height: 480, frames: 49, steps: 50, guidance: 6 };
const large = { ...small, width: 1360, height: 768, frames: 81 };
/** `kind` is the model's name in bench/gpu/plans.py. */
const asked = [
  { kind: '2b', model: 'cogvideox-2b', job: small, caps: [4.5, 6, 8] },
  { kind: '5b', model: 'cogvideox-5b', job: small, caps: [6, 8, 12, 16, 24, null] },
  { kind: '5b-i2v', model: 'cogvideox-5b-i2v', job: small, caps: [6, 12, 24] },
  { kind: '1.5-5b', model: 'cogvideox-1.5-5b', job: large, caps: [12, 16, 24] },
] as const;

/** What the allocator may take is all that there is: a cap holds no reserve. */
function capped(capGib: number | null): PlanMachine {
  const totalBytes = card.memory * gib;
  const roomBytes = capGib === null ? 0.92 * totalBytes : capGib * gib;
  return {
    device: {
      kind: 'cuda',
      name: card.name,
      speed: cardSpeed(card.name, 9, totalBytes),
      ...{ totalBytes, roomBytes, othersBytes: 0, kernels: true, compiler: false, sage: false },
    },
    host: { totalBytes: card.host * gib, roomBytes: 0.8 * card.host * gib, pinnableBytes: 0.6 * card.host * gib },
  };
}

async function write(): Promise<void> {
  const catalogue = await readCatalogue(join(root, 'resources', 'catalogue'));
  for (const { kind, model, job, caps } of asked) {
    const facts = catalogue.find(({ id }) => id === model);
    if (facts === undefined) throw new Error(`${model} is not in the catalogue.`);
    const cases = caps.flatMap((gib): Case[] => {
      const picture = facts.task === 'image-to-video';
      const [best, ...others] = fittingWays(capped(gib), facts.architecture, { ...job, guided: true, picture });
      if (best === undefined) throw new Error(`${model} does not fit into ${gib} GiB.`);
      const at = `${model} ${gib === null ? 'uncapped' : `${gib} GiB`}`;
      const one = (way: Case['way'], { plan, prediction }: Way, name: string): Case => ({
        ...{ name, gib, plan, way },
        predicted: prediction,
      });
      const worth = others.filter(({ prediction }) => prediction.seconds < worthTrying * best.prediction.seconds);
      return [one('planned', best, at), ...worth.map((each, index) => one('other', each, `${at}, other ${index + 1}`))];
    });
    await writeFile(fileOf(kind), cases.map((each) => `${JSON.stringify(each)}\n`).join(''));
    process.stdout.write(`${cases.length} plans in ${fileOf(kind)}\n`);
  }
}

const Result = z.object({
  name: z.string(),
  failed: z.string().nullish(),
  seconds_a_step: z.number().nullish(),
  utilisation_percent: z.number().nullish(),
  frames_psnr: z.number().nullish(),
  phases: z.record(
    z.string(),
    z.object({ seconds: z.number(), allocated_gib: z.number().nullish() }).catch({ seconds: 0 }),
  ),
});
type Result = z.infer<typeof Result>;
const Written = z.object({ name: z.string(), way: z.string(), predicted: Prediction });
type Written = z.infer<typeof Written>;

async function linesOf(path: string): Promise<unknown[]> {
  const lines = (await readFile(path, 'utf8')).split('\n').filter((line) => line.startsWith('{'));
  return lines.map((line): unknown => JSON.parse(line));
}

async function report(results: string): Promise<void> {
  const written = await Promise.all(asked.map(({ kind }) => linesOf(fileOf(kind)).catch(() => [])));
  const cases = written.flat().map((line) => Written.parse(line));
  const told = (await linesOf(results)).flatMap((line) => Result.safeParse(line).data ?? []);
  const measured = new Map(told.map((each) => [each.name, each]));
  const rows = cases.flatMap(({ name, predicted }) => {
    const found = measured.get(name);
    return found === undefined ? [] : [rowOf(name, predicted, found)];
  });
  const head = [
    '',
    's a step',
    'said',
    'denoise GiB',
    'said',
    'decode s',
    'said',
    'decode GiB',
    'said',
    'GPU %',
    'PSNR',
  ];
  process.stdout.write(`${table(head, rows)}\n\n${judged(cases, measured)}\n`);
}

const figure = (value: number | null | undefined, digits: number): string => value?.toFixed(digits) ?? '';

function rowOf(name: string, predicted: Prediction, result: Result): string[] {
  if (result.failed) return [name, result.failed, ...Array.from({ length: 9 }, () => '')];
  const said = (phase: string) => predicted.phases.find((each) => each.phase === phase);
  const inGib = (bytes: number | null | undefined) => (bytes == null ? '' : (bytes / gib).toFixed(2));
  const { denoise, decode } = result.phases;
  return [
    name,
    ...[figure(result.seconds_a_step, 2), figure(predicted.stepSeconds, 2)],
    ...[figure(denoise?.allocated_gib, 2), inGib(said('denoising')?.deviceBytes)],
    ...[figure(decode?.seconds, 2), figure(said('decoding')?.seconds, 2)],
    ...[figure(decode?.allocated_gib, 2), inGib(said('decoding')?.deviceBytes)],
    ...[figure(result.utilisation_percent, 0), figure(result.frames_psnr, 1)],
  ];
}

/** How well the planner did: what it said of memory and time, and whether another plan was faster. */
function judged(cases: readonly Written[], measured: ReadonlyMap<string, Result>): string {
  const peaks: number[] = [];
  const steps: number[] = [];
  const regrets: number[] = [];
  for (const { name, way, predicted } of cases) {
    const result = measured.get(name);
    if (result === undefined || result.failed) continue;
    for (const [mine, theirs] of [
      ['denoising', 'denoise'],
      ['decoding', 'decode'],
    ] as const) {
      const bytes = predicted.phases.find(({ phase }) => phase === mine)?.deviceBytes;
      const peak = result.phases[theirs]?.allocated_gib;
      if (bytes && peak) peaks.push((peak * gib) / bytes);
    }
    const step = result.seconds_a_step;
    if (step == null) continue;
    steps.push(step / predicted.stepSeconds);
    if (way !== 'planned') continue;
    const others = [...measured.values()].filter((each) => !each.failed && each.name.startsWith(`${name}, `));
    const fastest = Math.min(step, ...others.map((each) => each.seconds_a_step ?? Number.POSITIVE_INFINITY));
    regrets.push(step / fastest);
  }
  const range = (values: number[]) =>
    values.length === 0 ? 'none' : `${Math.min(...values).toFixed(2)} to ${Math.max(...values).toFixed(2)}`;
  const lost = [...measured.values()].filter(({ failed }) => failed).length;
  return [
    `Runs: ${measured.size}, of which ${lost} failed.`,
    `Measured against predicted: memory ${range(peaks)}, seconds a step ${range(steps)}.`,
    `The chosen plan against the fastest that was tried: ${range(regrets)}.`,
  ].join('\n');
}

const [command, results] = process.argv.slice(2);
if (command === 'report' && results !== undefined) await report(results);
else if (command === 'write') await write();
else throw new Error('Usage: node bench/plans.ts write | report results.jsonl');

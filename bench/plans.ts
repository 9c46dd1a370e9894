/**
 * The planner's plans for a card that is measured elsewhere, and what came of them.
 *
 *     node bench/plans.ts write                    bench/gpu/plans.json, for bench/gpu/plans.py on a machine with a card
 *     node bench/plans.ts report results.jsonl     the tables, predicted against measured
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { Prediction } from '../contract/plan.ts';
import { PhasePeaks, PhaseSeconds, type Plan } from '../contract/render.ts';
import { cardSpeed } from '../electron/studio/planner/cards.ts';
import { readCatalogue } from '../electron/studio/planner/facts.ts';
import type { PlanMachine } from '../electron/studio/planner/machine.ts';
import { fittingWays } from '../electron/studio/planner/plan.ts';
import type { Way } from '../electron/studio/planner/prediction.ts';
import { table } from './report.ts';
import { root } from './root.ts';

const gib = 2 ** 30;
const file = join(root, 'bench', 'gpu', 'plans.json');
const card = { name: 'NVIDIA H100 80GB HBM3', memory: 80, host: 128 } as const;

interface Case {
  name: string;
  model: string;
  job: { width: number; height: number; frames: number; steps: number; guidance: number };
  capGib: number | null;
  way: 'planned' | 'alternative' | 'official';
  plan: Plan | null;
  predicted: Prediction | null;
}

/** What is said to take so many times as long is not tried. */
const worthTrying = 1.15;

const small = { width: 720, height: 480, frames: 49, steps: 50, guidance: 6 };
const large = { ...small, width: 1360, height: 768, frames: 81 };
const asked = [
  { model: 'cogvideox-2b', job: small, caps: [4.5, 6, 8] },
  { model: 'cogvideox-5b', job: small, caps: [6, 8, 12, 16, 24, null] },
  { model: 'cogvideox-5b-i2v', job: small, caps: [6, 12, 24] },
  { model: 'cogvideox-1.5-5b', job: large, caps: [12, 16, 24] },
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
  const cases = asked.flatMap(({ model, job, caps }): Case[] => {
    const facts = catalogue.find(({ id }) => id === model);
    if (facts === undefined) throw new Error(`${model} is not in the catalogue.`);
    const { architecture, task } = facts;
    const common = { model, job };
    const planned = caps.flatMap((capGib): Case[] => {
      const ways = fittingWays(capped(capGib), architecture, {
        ...job,
        guided: true,
        picture: task === 'image-to-video',
      });
      const [best, ...others] = ways;
      if (best === undefined) throw new Error(`${model} does not fit into ${capGib} GiB.`);
      const at = `${model} ${capGib === null ? 'uncapped' : `${capGib} GiB`}`;
      const one = (way: Case['way'], each: Way, name: string): Case => ({
        ...{ name, ...common, capGib, way },
        plan: each.plan,
        predicted: each.prediction,
      });
      const worth = others.filter(({ prediction }) => prediction.seconds < worthTrying * best.prediction.seconds);
      return [
        one('planned', best, at),
        ...worth.map((each, index) => one('alternative', each, `${at}, other ${index + 1}`)),
      ];
    });
    const least = Math.min(...caps.map((cap) => cap ?? Number.POSITIVE_INFINITY));
    const official = {
      name: `${model} official`,
      ...common,
      capGib: least,
      way: 'official',
      plan: null,
      predicted: null,
    } as const;
    return [...planned, official];
  });
  await writeFile(file, `${JSON.stringify(cases, null, 1)}\n`);
  process.stdout.write(`${cases.length} plans in ${file}\n`);
}

const Result = z.object({
  name: z.string(),
  ok: z.boolean(),
  error: z.string().nullable(),
  secondsAStep: z.number().nullable(),
  phaseSeconds: PhaseSeconds,
  phasePeaks: PhasePeaks,
  utilisation: z.number().nullable(),
  psnr: z.number().nullable(),
});
type Result = z.infer<typeof Result>;
const Written = z.array(
  z.object({ name: z.string(), model: z.string(), way: z.string(), predicted: Prediction.nullable() }),
);

async function report(results: string): Promise<void> {
  const cases = Written.parse(JSON.parse(await readFile(file, 'utf8')));
  const lines = (await readFile(results, 'utf8')).split('\n').filter((line) => line.startsWith('{'));
  const measured = new Map(lines.map((line) => Result.parse(JSON.parse(line))).map((each) => [each.name, each]));
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

function rowOf(name: string, predicted: Prediction | null, result: Result): string[] {
  if (!result.ok) return [name, result.error ?? 'failed', ...Array.from({ length: 9 }, () => '')];
  const said = (phase: string) => predicted?.phases.find((each) => each.phase === phase);
  const peak = (phase: 'denoising' | 'decoding') => result.phasePeaks[phase]?.allocatedBytes;
  const inGib = (bytes: number | null | undefined) => (bytes == null ? '' : (bytes / gib).toFixed(2));
  return [
    name,
    ...[figure(result.secondsAStep, 2), figure(predicted?.stepSeconds, 2)],
    ...[inGib(peak('denoising')), inGib(said('denoising')?.deviceBytes)],
    ...[figure(result.phaseSeconds.decoding, 2), figure(said('decoding')?.seconds, 2)],
    ...[inGib(peak('decoding')), inGib(said('decoding')?.deviceBytes)],
    ...[figure(result.utilisation, 0), figure(result.psnr, 1)],
  ];
}

/** How well the planner did: what it said of memory and time, and whether another plan was faster. */
function judged(cases: z.infer<typeof Written>, measured: ReadonlyMap<string, Result>): string {
  const peaks: number[] = [];
  const steps: number[] = [];
  const regrets: number[] = [];
  for (const { name, way, predicted } of cases) {
    const result = measured.get(name);
    if (predicted === null || result === undefined || !result.ok) continue;
    if (result.secondsAStep !== null) steps.push(result.secondsAStep / predicted.stepSeconds);
    for (const { phase, deviceBytes } of predicted.phases) {
      const peak = result.phasePeaks[phase]?.allocatedBytes;
      if (deviceBytes !== null && deviceBytes > 0 && peak != null) peaks.push(peak / deviceBytes);
    }
    if (way !== 'planned' || result.secondsAStep === null) continue;
    const others = [...measured.values()].filter((each) => each.ok && each.name.startsWith(`${name}, `));
    const fastest = Math.min(
      result.secondsAStep,
      ...others.map(({ secondsAStep }) => secondsAStep ?? Number.POSITIVE_INFINITY),
    );
    regrets.push(result.secondsAStep / fastest);
  }
  const range = (values: number[]) =>
    values.length === 0 ? 'none' : `${Math.min(...values).toFixed(2)} to ${Math.max(...values).toFixed(2)}`;
  const failed = [...measured.values()].filter(({ ok }) => !ok).length;
  return [
    `Runs: ${measured.size}, of which ${failed} failed.`,
    `Measured against predicted: memory ${range(peaks)}, seconds a step ${range(steps)}.`,
    `The chosen plan against the fastest that was tried: ${range(regrets)}.`,
  ].join('\n');
}

const [command, results] = process.argv.slice(2);
if (command === 'report' && results !== undefined) await report(results);
else if (command === 'write') await write();
else throw new Error('Usage: node bench/plans.ts write | report results.jsonl');

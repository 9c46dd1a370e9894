/** The planner's plans for a card that is measured, here or elsewhere: what bench/gpu/plans.py and official.py are given. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Prediction } from '../contract/plan.ts';
import type { Plan } from '../contract/render.ts';
import { cardSpeed } from '../electron/studio/planner/cards.ts';
import { type ModelFacts, readCatalogue } from '../electron/studio/planner/facts.ts';
import { type PlanMachine, untried } from '../electron/studio/planner/machine.ts';
import { exactWays, fitsIn } from '../electron/studio/planner/plan.ts';
import type { Way } from '../electron/studio/planner/prediction.ts';
import { cudnnShare, measuredResults } from './cardResults.ts';
import { root } from './root.ts';

const gib = 2 ** 30;
/** What goes to a machine with a card, beside the sources. */
export const carried = join(root, 'build', 'gpu');
const fileOf = (kind: string) => join(carried, `plans-${kind}.jsonl`);

export interface MeasuredCard {
  name: string;
  /** Compute capability, the number before the point. */
  generation: number;
  /** Of its own memory and of the computer's, GiB. */
  memory: number;
  host: number;
}
/** The one that the pages tell of. */
export const h100: MeasuredCard = { name: 'NVIDIA H100 80GB HBM3', generation: 9, memory: 80, host: 128 };

/** One plan to be measured. The Python side carries `plan` out under `gib`, and gives `way` and `predicted` back. */
interface Case {
  name: string;
  gib: number | null;
  plan: Plan;
  /** `compiled`: what would be planned where there is a compiler. */
  way: 'planned' | 'other' | 'compiled';
  predicted: Prediction;
}

/** What is said to take so many times as long is not tried; nor are more than so many beside the planned one. */
const worth = { times: 1.15, others: 3 } as const;

const small = { width: 720, height: 480, frames: 49, steps: 50, guidance: 6 };
const large = { ...small, width: 1360, height: 768, frames: 81 };
/** `kind` is the model's name in bench/gpu/models.py. */
export const asked = [
  { kind: '2b', model: 'cogvideox-2b', job: small, caps: [4.5, 6, 8] },
  { kind: '5b', model: 'cogvideox-5b', job: small, caps: [6, 8, 12, 16, 24, null] },
  { kind: '5b-i2v', model: 'cogvideox-5b-i2v', job: small, caps: [6, 8, 12, 16, 24] },
  { kind: '1.5-5b', model: 'cogvideox-1.5-5b', job: large, caps: [12, 16, 24] },
] as const;
export type Asked = (typeof asked)[number];

type Abilities = { kernels?: boolean; compiler?: boolean };

/** What the allocator may take is all that there is: a cap holds no reserve. */
function capped(
  card: MeasuredCard,
  capGib: number | null,
  cudnnAttention: number | null,
  abilities: Abilities,
): PlanMachine {
  const totalBytes = card.memory * gib;
  const roomBytes = capGib === null ? 0.92 * totalBytes : capGib * gib;
  return {
    device: {
      kind: 'cuda',
      name: card.name,
      speed: cardSpeed(card.name, card.generation, totalBytes),
      ...{ totalBytes, roomBytes, othersBytes: 0 },
      ...{ ...untried('linux'), ...abilities, cudnnAttention, growing: true },
    },
    host: {
      totalBytes: card.host * gib,
      roomBytes: 0.8 * card.host * gib,
      pinnableBytes: 0.6 * card.host * gib,
      locksFiles: true,
    },
  };
}

/** Every exact way under a cap, the fastest first. `cudnn`: what its attention takes of torch's there, where that is known. */
export const waysWithin = (
  card: MeasuredCard,
  facts: ModelFacts,
  { job }: Asked,
  capGib: number | null,
  cudnn: number | null,
  abilities: Abilities = {},
): Way[] =>
  exactWays(capped(card, capGib, cudnn, abilities), facts.architecture, {
    ...job,
    guided: true,
    picture: facts.task === 'image-to-video',
  }).filter(fitsIn);

export async function factsFor(model: string): Promise<ModelFacts> {
  const facts = (await readCatalogue(join(root, 'resources', 'catalogue'))).find(({ id }) => id === model);
  if (facts === undefined) throw new Error(`${model} is not in the catalogue.`);
  return facts;
}

/** One file for each model, with the caps that the card has more than. */
export async function writeCases(card: MeasuredCard): Promise<void> {
  await mkdir(carried, { recursive: true });
  const results = await measuredResults(card.name);
  for (const each of asked) {
    const { kind, model, caps } = each;
    const facts = await factsFor(model);
    const possible = caps.filter((cap) => cap === null || cap < card.memory);
    const cases = possible.flatMap((cap): Case[] => {
      const share = cudnnShare(results, kind);
      const [best, ...rest] = waysWithin(card, facts, each, cap, share);
      if (best === undefined) throw new Error(`${model} does not fit into ${cap} GiB.`);
      const at = `${model} ${cap === null ? 'uncapped' : `${cap} GiB`}`;
      const one = (way: Case['way'], { plan, prediction }: Way, name: string): Case => ({
        ...{ name, gib: cap, plan, way },
        predicted: prediction,
      });
      const near = rest.filter(({ prediction }) => prediction.seconds < worth.times * best.prediction.seconds);
      const others = near.slice(0, worth.others);
      const compiled = waysWithin(card, facts, each, cap, share, { compiler: true }).filter(({ plan }) => plan.compile);
      return [
        one('planned', best, at),
        ...others.map((way, index) => one('other', way, `${at}, other ${index + 1}`)),
        ...compiled.slice(0, 1).map((way) => one('compiled', way, `${at}, compiled`)),
      ];
    });
    await writeFile(fileOf(kind), cases.map((each) => `${JSON.stringify(each)}\n`).join(''));
    process.stdout.write(`${cases.length} plans in ${fileOf(kind)}\n`);
  }
}

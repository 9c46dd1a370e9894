import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { type Chance, chance } from '../../electron/studio/chance.fixture.ts';
import type { Ended } from '../cli.ts';
import type { Call, WatchedDisk } from './disk.ts';
import type { Stage } from './stage.ts';

/** The disk is full from one of the calls on that change files, or for that call alone. */
export interface Filling {
  from: number;
  count: 1 | 'for ever';
}

/** What became of a render on a disk that was full. Nothing in `wrong`: it said so or went on, and lost nothing. */
export interface Fullness {
  filling: Filling;
  /** The call that was the first to be refused; null when the render made fewer. */
  call: string | null;
  outcome: 'went on' | 'said so';
  wrong: string[];
}

/** Renders undisturbed, and tells what was written. */
export async function writtenBy(stage: Stage, disk: WatchedDisk): Promise<Call[]> {
  disk.begin();
  const { last } = await stage.begin('watched', { env: disk.env }).ended;
  if (last?.type !== 'done') throw new Error(`Nothing was to go wrong here: ${JSON.stringify(last)}`);
  return disk.log().filter(({ number }) => number > 0);
}

/** The first and the last of every kind of call; and some more, by chance: each of them where as many are wanted. */
export function fillings(calls: readonly Call[], more: number, seed: number): Filling[] {
  const kinds = new Map<string, Call[]>();
  for (const call of calls) kinds.set(kindOf(call), [...(kinds.get(kindOf(call)) ?? []), call]);
  const ends = [...kinds.values()].flatMap((all) => [all[0], all.at(-1)].flatMap((call) => call?.number ?? []));
  const luck = chance(seed);
  const others =
    more >= calls.length
      ? calls.map(({ number }) => number)
      : Array.from({ length: more }, () => luck.below(calls.length) + 1);
  return [...new Set([...ends, ...others])].sort((a, b) => a - b).map((from) => ({ from, count: countOf(luck) }));
}

const countOf = (luck: Chance): Filling['count'] => (luck.below(4) === 0 ? 1 : 'for ever');

const kindOf = ({ call, path, to }: Call): string =>
  `${call} ${basename(to || path).replace(/[0-9a-f]{16,}|[0-9a-f-]{36}|\d+/g, '*')}`;

export async function surviveFullDisk(
  stage: Stage,
  disk: WatchedDisk,
  all: readonly Filling[],
  told: (one: Fullness, number: number) => void = () => {},
): Promise<Fullness[]> {
  const survivals: Fullness[] = [];
  for (const [index, filling] of all.entries()) {
    const fullness = await survive(stage, disk, `full-${index}`, filling);
    survivals.push(fullness);
    told(fullness, index + 1);
  }
  return survivals;
}

async function survive(stage: Stage, disk: WatchedDisk, name: string, filling: Filling): Promise<Fullness> {
  disk.begin(filling.from, filling.count);
  const ended = await stage.begin(name, { env: disk.env }).ended;
  const refused = disk.log().find((call) => call.refused);
  const wentOn = ended.last?.type === 'done';
  // A single refusal may have any name.
  const wrong = wentOn || filling.count === 1 ? [] : complaints(ended);
  if (existsSync(stage.file(name)) && (await stage.different([name])).length > 0)
    wrong.push('a half clip has the name');
  const safe = stage.safeStep();
  // Where the clip is there the next start only puts into the database what SQLite could not.
  const resumed = await stage.finish(name);
  if (resumed !== null) {
    if (wentOn) wrong.push('it was not done');
    if (resumed.last?.type !== 'done') wrong.push(`with space again it ended with ${JSON.stringify(resumed.last)}`);
    wrong.push(...repeated(resumed, safe));
  }
  wrong.push(...(await stage.wrong([name])));
  const call = refused === undefined ? null : kindOf(refused);
  return { filling, call, outcome: wentOn ? 'went on' : 'said so', wrong };
}

/** It has to end with one sentence that says that the disk is full. */
function complaints({ last, signal, stderr }: Ended): string[] {
  const said = last?.type === 'error' && /disk is full/i.test(last.sentence) && !/\n/.test(last.sentence);
  return [
    ...(said ? [] : [`it ended with ${JSON.stringify(last)} ${stderr.slice(-500)}`]),
    ...(signal === null ? [] : [`it was ended by ${signal}`]),
    ...(/\n +at /.test(stderr) ? [`it printed ${stderr.slice(-500)}`] : []),
  ];
}

function repeated({ events }: Ended, safe: number): string[] {
  const first = events.find((event) => event.type === 'step' && event.phase === 'denoising');
  if (first?.type !== 'step' || first.step > safe) return [];
  return [`step ${first.step} was made again although ${safe} steps lay on the disk`];
}

import type { Batch, Seeds, Several } from '../../../contract/batch.ts';
import type { Draft } from '../../../contract/draft.ts';
import {
  type BatchProblem,
  batchProblem,
  countClips,
  expandBatch,
  type Lines,
  linesOf,
} from '../../../contract/expandBatch.ts';
import { limits } from '../../../contract/render.ts';
import { parseTemplate, plainText } from '../../../contract/template.ts';

/** What a press on the button would add. */
export type Wanted =
  | { kind: 'one'; draft: Draft }
  | {
      kind: 'several';
      batch: Batch;
      count: number;
      /** The first prompts, as they would be. */
      first: readonly string[];
      slots: readonly string[];
      /** What stands against it. */
      problem: BatchProblem | { kind: 'seeds' } | null;
    };

const shownFirst = 4;
const most = 10_000;

/** Seeds by name and in rows: "7, 20-24". Null when it says nothing of the kind. */
export function readSeeds(text: string): number[] | null {
  const seeds: number[] = [];
  for (const part of text.split(/[\s,;]+/).filter((each) => each !== '')) {
    const [, from, to = from] = /^(\d{1,10})(?:[-–](\d{1,10}))?$/.exec(part) ?? [];
    if (from === undefined) return null;
    const [first, last] = [Number(from), Number(to)];
    if (last < first || last > limits.seed.max || seeds.length + last - first >= most) return null;
    for (let seed = first; seed <= last; seed += 1) seeds.push(seed);
  }
  return seeds;
}

/** A seed that is kept is kept for every prompt; several clips of each go on from it. */
function seedsOf({ seed }: Draft, { count, seeds }: Several): Seeds | null {
  const named = readSeeds(seeds);
  if (named === null) return null;
  if (named.length > 0) return { kind: 'list', seeds: named };
  if (seed === null) return { kind: 'drawn', count };
  return { kind: 'list', seeds: Array.from({ length: count }, (_, at) => (seed + at) % (limits.seed.max + 1)) };
}

const valuesOf = (text: string): string[] =>
  text
    .split('|')
    .map((each) => each.trim())
    .filter((each) => each !== '');

/** One line, whatever lines the prompt has. */
const oneLine = (text: string): string => text.replace(/\s*[\r\n]+\s*/g, ' ');

export function wantedOf(
  draft: Draft,
  several: Several,
  wildcards: Readonly<Record<string, readonly string[]>>,
): Wanted {
  if (!several.many) {
    const parsed = parseTemplate(draft.prompt);
    const plain = parsed.kind === 'template' ? plainText(parsed.template) : null;
    if (plain !== null) return { kind: 'one', draft: { ...draft, prompt: plain } };
  }
  const text = several.many ? draft.prompt : oneLine(draft.prompt);
  const read: Lines = linesOf(text);
  const lines = read.kind === 'lines' ? read.lines : [];
  const slots = [...new Set(lines.flatMap(({ template }) => template.slots))];
  const filled = Object.fromEntries(
    slots.map((name) => [name, valuesOf(Object.hasOwn(several.slots, name) ? (several.slots[name] ?? '') : '')]),
  );
  const values = { slots: filled, wildcards };
  // What each prompt is made of counts even where the wish for several clips of it is left over from before.
  const seeds = seedsOf(draft, several.many ? several : { ...several, count: 1, seeds: '' });
  const used: Seeds = seeds ?? { kind: 'drawn', count: 1 };
  const problem =
    read.kind === 'problem'
      ? read.problem
      : seeds === null
        ? { kind: 'seeds' as const }
        : batchProblem(lines, values, used);
  return {
    kind: 'several',
    batch: { kind: 'templates', draft: { ...draft, prompt: '' }, text, slots: filled, seeds: used },
    count: countClips(lines, values, used),
    first: firstOf(lines, values),
    slots,
    problem,
  };
}

/** One of each prompt: what seeds change is not worth a line. */
function firstOf(lines: Parameters<typeof expandBatch>[0], values: Parameters<typeof expandBatch>[1]): string[] {
  const first: string[] = [];
  for (const { prompt } of expandBatch(lines, values, { kind: 'drawn', count: 1 }, () => 0)) {
    first.push(prompt);
    if (first.length === shownFirst) break;
  }
  return first;
}

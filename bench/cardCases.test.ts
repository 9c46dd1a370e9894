import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { Plan } from '../contract/render.ts';
import { asked, factsFor, h100, waysWithin } from './cardCases.ts';
import { root } from './root.ts';

const Line = z.object({ name: z.string(), way: z.enum(['planned', 'other']), plan: Plan, seconds_a_step: z.number() });

/** Ways whose steps are alike: how much more than two pieces is page-locked makes no difference of its own. */
function wayOf({ placements: { transformer }, guidance, compile, attention }: Plan): string {
  if (transformer.kind !== 'group-offload') return [transformer.kind, guidance, compile, attention].join();
  const { pinnedBytes, ...placement } = transformer;
  return JSON.stringify([placement, pinnedBytes > 2 ** 30, guidance, compile, attention]);
}

/** Of each case that was measured: what a step of the chosen way took of one of the fastest, and what had been said of it. */
async function chosenOf(file: string, kernels: boolean): Promise<{ at: string; ofFastest: number; said: number }[]> {
  const text = await readFile(join(root, 'bench', 'gpu', 'measured', file), 'utf8');
  const lines = text
    .trim()
    .split('\n')
    .map((line) => Line.safeParse(JSON.parse(line)).data)
    .filter((line) => line !== undefined);
  const cases = [];
  for (const each of asked) {
    const facts = await factsFor(each.model);
    for (const cap of each.caps) {
      const at = `${each.model} ${cap === null ? 'uncapped' : `${cap} GiB`}`;
      const [chosen] = waysWithin(h100, facts, each, cap, null, { kernels });
      const here = lines.filter(({ name }) => name === at || name.startsWith(`${at}, `));
      const taken = chosen && here.find(({ plan }) => wayOf(plan) === wayOf(chosen.plan))?.seconds_a_step;
      // Not every model was measured, nor at every cap.
      if (chosen === undefined || taken === undefined) continue;
      const fastest = Math.min(...here.map((line) => line.seconds_a_step));
      cases.push({ at, ofFastest: taken / fastest, said: chosen.prediction.stepSeconds / taken });
    }
  }
  return cases;
}

it('of the ways that were measured on a card, none is faster than the chosen one by a twentieth', async () => {
  const cases = await chosenOf('2026-11-23-h100.jsonl', true);
  for (const { at, ofFastest } of cases) expect(ofFastest, at).toBeLessThan(1.05);
  expect(cases.length).toBeGreaterThanOrEqual(15);
});

// Kept apart: a page compares what was measured of the same program.
it('nor without kernels, and a step takes what was said, within a tenth', async () => {
  const cases = await chosenOf(join('plain', '2026-11-24-h100.jsonl'), false);
  for (const { at, ofFastest, said } of cases) {
    expect(ofFastest, at).toBeLessThan(1.05);
    expect(Math.abs(said - 1), at).toBeLessThan(0.1);
  }
  expect(cases.map(({ at }) => at)).toEqual(['cogvideox-5b 6 GiB', 'cogvideox-5b 8 GiB', 'cogvideox-5b 12 GiB']);
});

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

it('of the ways that were measured on a card, none is faster than the chosen one by a twentieth', async () => {
  const text = await readFile(join(root, 'bench', 'gpu', 'measured', '2026-11-23-h100.jsonl'), 'utf8');
  const lines = text
    .trim()
    .split('\n')
    .map((line) => Line.safeParse(JSON.parse(line)).data)
    .filter((line) => line !== undefined);
  let compared = 0;
  for (const each of asked) {
    const facts = await factsFor(each.model);
    for (const cap of each.caps) {
      const at = `${each.model} ${cap === null ? 'uncapped' : `${cap} GiB`}`;
      const [chosen] = waysWithin(h100, facts, each, cap, null);
      const here = lines.filter(({ name }) => name === at || name.startsWith(`${at}, `));
      const taken = chosen && here.find(({ plan }) => wayOf(plan) === wayOf(chosen.plan))?.seconds_a_step;
      // Not every model was measured, nor at every cap.
      if (chosen === undefined || taken === undefined) continue;
      compared += 1;
      expect(taken / Math.min(...here.map((line) => line.seconds_a_step)), at).toBeLessThan(1.05);
    }
  }
  expect(compared).toBeGreaterThanOrEqual(15);
});

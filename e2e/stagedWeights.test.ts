import { join } from 'node:path';
import { execa } from 'execa';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { asked, factsFor } from '../bench/cardCases.ts';
import type { Placement, Plan } from '../contract/render.ts';
import { cardSpeed } from '../electron/studio/planner/cards.ts';
import { type PlanMachine, untried } from '../electron/studio/planner/machine.ts';
import { exactWays } from '../electron/studio/planner/plan.ts';
import { oneThread, root } from './cli.ts';
import { testPython } from './environment.ts';

const gib = 2 ** 30;
const program = `
import json, sys
import torch
from models import KINDS, hollow
from reelwright_sidecar.placement.groups import divide, pins_within

known = {}
for case in json.loads(sys.stdin.read()):
    key = case["model"], case["component"], case["precision"]
    if key not in known:
        known[key] = hollow(KINDS[case["model"]], case["component"]).to(getattr(torch, case["precision"]))
    sizes = [group.size for group in divide(known[key], case["level"])[0]]
    pins = pins_within(sizes, case["pinnedBytes"])
    stored = sum(weight.nbytes for weight in known[key].state_dict().values())
    print(json.dumps({"groups": len(sizes), "whole": pins.whole, "staging": pins.staging, "stored": stored}))
`;
const Pins = z.object({ groups: z.int(), whole: z.int(), staging: z.int(), stored: z.int() });

function streamed(component: string, placement: Placement) {
  if (placement.kind !== 'group-offload' || placement.pinnedBytes === 0) return [];
  return [{ component, level: placement.level, pinnedBytes: placement.pinnedBytes }];
}

const casesOf = (model: string, { precision, placements }: Plan) =>
  [...streamed('text_encoder', placements.textEncoder), ...streamed('transformer', placements.transformer)].map(
    (each) => ({ model, precision, ...each }),
  );

it('weights that are planned to pass through locked memory do so in the worker', { timeout: 120_000 }, async () => {
  const machine: PlanMachine = {
    device: {
      ...{ kind: 'cuda', name: 'RTX 4090', speed: cardSpeed('RTX 4090', null, 24 * gib), totalBytes: 24 * gib },
      ...{ roomBytes: 6 * gib, othersBytes: 0, ...untried('linux'), growing: true },
    },
    host: { totalBytes: 64 * gib, roomBytes: 50 * gib, pinnableBytes: 40 * gib, locksFiles: true },
  };
  const all = await Promise.all(
    asked.map(async ({ kind, model, job }) => {
      const { architecture, task } = await factsFor(model);
      const picture = task === 'image-to-video';
      return exactWays(machine, architecture, { ...job, guided: true, picture }).flatMap(({ plan }) =>
        casesOf(kind, plan),
      );
    }),
  );
  const cases = [...new Map(all.flat().map((each) => [JSON.stringify(each), each])).values()];
  const { stdout } = await execa(await testPython(), ['-c', program], {
    input: JSON.stringify(cases),
    env: { PYTHONPATH: join(root, 'bench', 'gpu'), ...oneThread },
  });
  const pins = stdout.split('\n').map((line) => Pins.parse(JSON.parse(line)));
  expect(pins).toHaveLength(cases.length);
  expect(cases.length).toBeGreaterThan(10);
  for (const [index, found] of pins.entries()) {
    const all = found.groups > 0 && found.whole === found.groups;
    // Where all are to be, there is room for all of the file, which may have them in any order.
    const passes = all ? found.stored <= (cases[index]?.pinnedBytes ?? 0) : found.staging === 2;
    expect({ ...cases[index], ...found, passes }).toMatchObject({ passes: true });
  }
});

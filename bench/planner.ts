import { join } from 'node:path';
import { Planner } from '../electron/studio/planner/index.ts';
import { openStore } from '../electron/studio/storage/database.ts';
import { percentile } from './page.ts';
import { machine, table } from './report.ts';
import { root } from './root.ts';

const gib = 2 ** 30;
export const plannerTitle = '## The planner';

const small = { width: 720, height: 480, frames: 49, steps: 50, guidance: 6 };
const large = { ...small, width: 1360, height: 768, frames: 161 };
const ms = (value: number) => value.toFixed(2);

/** How long the planner takes for one answer, and for many. */
export async function plannerSection(): Promise<string> {
  const store = openStore(':memory:');
  const catalogue = join(root, 'resources', 'catalogue');
  const planner = new Planner({ store, now: Date.now, catalogue, findModel: async () => null });
  const probed = (freeGib: number) =>
    planner.probed(
      {
        ...{ python: '', torch: '', diffusers: '', av: '' },
        devices: [
          {
            kind: 'cuda',
            name: 'NVIDIA GeForce RTX 3060',
            capability: '8.6',
            totalBytes: 12 * gib,
            freeBytes: freeGib * gib,
          },
        ],
        operation: { kind: 'worked', device: 'cuda', seconds: 0.1 },
      },
      null,
    );
  const times = async (count: number, run: () => Promise<unknown>) => {
    const found: number[] = [];
    for (let index = 0; index < count; index += 1) {
      const began = performance.now();
      await run();
      found.push(performance.now() - began);
    }
    return found;
  };
  probed(11);
  await times(100, () => planner.for({ model: 'cogvideox-5b', ...small }));
  const fits = await times(300, () => planner.for({ model: 'cogvideox-5b', ...small }));
  const verdicts = await times(10, () =>
    planner.verdicts(
      Array.from({ length: 200 }, (_, index) => ({ model: 'cogvideox-5b', ...small, steps: index + 1 })),
    ),
  );
  probed(5);
  const tooLarge = await times(300, () => planner.for({ model: 'cogvideox-1.5-5b', ...large }));
  store.close();
  const row = (name: string, found: readonly number[], wanted: string) => [
    ...[name, ms(percentile(found, 0.5)), ms(percentile(found, 0.95)), wanted],
  ];
  return `${plannerTitle}

${machine()}

In one process, without the call; what the answers are like is told in [planner.md](planner.md).

${table(
  ['', 'median, ms', '95 %, ms', 'wanted'],
  [
    row('a clip that fits, on a card', fits, '5'),
    row('one that does not, with what would make it fit', tooLarge, '5'),
    row('the verdicts of 200 presets', verdicts, ''),
  ],
)}
`;
}

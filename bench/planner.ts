import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { phases } from '../contract/render.ts';
import { measuredOnH100, saidOfH100 } from '../electron/studio/planner/h100.fixture.ts';
import { Planner } from '../electron/studio/planner/index.ts';
import { Measurements } from '../electron/studio/planner/measurements.ts';
import type { RawPhases } from '../electron/studio/planner/prediction.ts';
import { openStore, type Store } from '../electron/studio/storage/database.ts';
import { machine, percentile, table } from './report.ts';
import { root } from './root.ts';
import { between } from './sections.ts';

const gib = 2 ** 30;
export const plannerTitle = '## The planner';

const small = { width: 720, height: 480, frames: 49, steps: 50, guidance: 6 };
const large = { ...small, width: 1360, height: 768, frames: 161 };
const card = 'NVIDIA GeForce RTX 3060';
/** As many as are kept. */
const rows = 2000;
const ms = (value: number) => value.toFixed(2);

/** Milliseconds of each run by the clock, and what this thread had of the processor in one of them. */
interface Times {
  clock: number[];
  thread: number;
}

async function times(count: number, run: () => Promise<unknown>): Promise<Times> {
  const clock: number[] = [];
  const before = process.threadCpuUsage();
  for (let index = 0; index < count; index += 1) {
    const began = performance.now();
    await run();
    clock.push(performance.now() - began);
  }
  const { user, system } = process.threadCpuUsage(before);
  return { clock, thread: (user + system) / 1000 / count };
}

/** How long the planner takes for one answer, and for many; what it says beside what was measured goes to docs/planner.md. */
export async function plannerSection(): Promise<string> {
  const store = openStore(':memory:');
  clipsMade(store);
  const catalogue = join(root, 'resources', 'catalogue');
  const planner = new Planner({ store, now: Date.now, catalogue, findModel: async () => null });
  const probed = (freeGib: number) =>
    planner.probed(
      {
        ...{ python: '', torch: '', diffusers: '', av: '' },
        devices: [{ kind: 'cuda', name: card, capability: '8.6', totalBytes: 12 * gib, freeBytes: freeGib * gib }],
        operation: { kind: 'worked', device: 'cuda', seconds: 0.1 },
      },
      null,
    );
  probed(11);
  const first = await times(1, () => planner.for({ model: 'cogvideox-5b', ...small }));
  await times(100, () => planner.for({ model: 'cogvideox-5b', ...small }));
  const fits = await times(300, () => planner.for({ model: 'cogvideox-5b', ...small }));
  const verdicts = await times(20, () =>
    planner.verdicts(
      Array.from({ length: 200 }, (_, index) => ({ model: 'cogvideox-5b', ...small, steps: index + 1 })),
    ),
  );
  probed(5);
  const tooLarge = await times(300, () => planner.for({ model: 'cogvideox-1.5-5b', ...large }));
  store.close();
  await said();
  const row = (name: string, { clock, thread }: Times, wanted: string) => [
    ...[name, ms(percentile(clock, 0.5)), ms(percentile(clock, 0.95)), ms(thread), wanted],
  ];
  return `${plannerTitle}

${machine()}

In one process, without the call, ${rows.toLocaleString('en')} measured phases in the database; what the answers are like is told in
[planner.md](planner.md). By the clock, and what the thread had of the processor: what is beyond that, other programs had.

${table(
  ['', 'median, ms', '95 %, ms', 'processor, ms', 'wanted'],
  [
    row('the first answer of all, with the catalogue read', first, ''),
    row('a clip that fits, on a card', fits, '5'),
    row('one that does not, with what would make it fit', tooLarge, '5'),
    row('the verdicts of 200 presets', verdicts, ''),
  ],
)}
`;
}

/** A machine on which clips were made for long. */
function clipsMade(store: Store): void {
  const measurements = new Measurements(store, Date.now);
  const predicted = { seconds: 10, deviceBytes: gib, deviceNeed: gib, hostBytes: gib };
  const raw: RawPhases = {
    ...{ loading: predicted, encoding: predicted, denoising: predicted, decoding: predicted },
    finishing: predicted,
  };
  const models = ['cogvideox-2b', 'cogvideox-5b', 'cogvideox-1.5-5b'];
  for (let clip = 0; clip < rows / phases.length; clip += 1) {
    const subject = { device: card, model: models[clip % models.length] ?? '', shape: String(26 + (clip % 7)) };
    const seconds = Object.fromEntries(phases.map((phase) => [phase, 10 + (clip % 3)]));
    measurements.add(subject, raw, { seconds, peaks: {} });
  }
}

/** What the planner says beside what was measured once. */
async function said(): Promise<void> {
  const file = join(root, 'docs', 'planner.md');
  const found = measuredOnH100.map((measured) => {
    const { stepSeconds, allocated } = saidOfH100(measured);
    const memory = measured.gib === undefined ? ['', ''] : [measured.gib.toFixed(2), (allocated / gib).toFixed(2)];
    return [measured.name, measured.stepSeconds.toFixed(2), stepSeconds.toFixed(2), ...memory];
  });
  const head = ['way', 'measured, s a step', 'said', 'measured, GiB', 'said'];
  await writeFile(file, between(await readFile(file, 'utf8'), 'bench:planner', table(head, found)));
}

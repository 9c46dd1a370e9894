/**
 * `npm run bench`: measures on this machine and writes docs/benchmarks.md. `npm run bench -- window` measures the window
 * alone, in the environment that is there, and leaves the rest of the page as it is; `npm run bench -- planner` the
 * planner, `npm run bench -- queue` the queue. `npm run bench -- fuzz` gives mutated presets, packs, clips and pictures to
 * what reads them, and writes how that went into docs/security.md. `npm run bench -- card` measures on this machine's
 * card, for hours; `npm run bench -- card plans:5b official:5b:6` these parts of it.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { testPython } from '../e2e/environment.ts';
import { dataPaths } from '../electron/studio/storage/paths.ts';
import { measureCard } from './card.ts';
import { cardTitle } from './cardReport.ts';
import { type FreshHome, inFreshHome, measureClip } from './clips.ts';
import { fuzz } from './fuzz.ts';
import { measureImports } from './imports.ts';
import { plannerSection, plannerTitle } from './planner.ts';
import { queueSection, queueTitle } from './queue.ts';
import { machine, table } from './report.ts';
import { root } from './root.ts';
import { sectionOf, withSection } from './sections.ts';
import { windowSection, windowTitle } from './windowSection.ts';

const s = (value: number) => value.toFixed(1);
const file = join(root, 'docs', 'benchmarks.md');

const sections = {
  window: [windowTitle, () => windowSection(dataPaths().environment)],
  planner: [plannerTitle, plannerSection],
  queue: [queueTitle, () => queueSection(dataPaths().environment)],
} as const;

const [part, ...others] = process.argv.slice(2);
if (part === 'fuzz') {
  await fuzz();
} else if (part === 'card') {
  await measureCard(await testPython(), others);
} else if (part === 'window' || part === 'planner' || part === 'queue') {
  const [title, measure] = sections[part];
  const section = await measure();
  await write(withSection(await readFile(file, 'utf8'), title, section));
} else {
  // What was measured on a card elsewhere stays.
  const card = sectionOf(await readFile(file, 'utf8').catch(() => ''), cardTitle);
  await inFreshHome(async (fresh) => write(`${await everything(fresh)}${card === '' ? '' : `\n${card}`}`));
}

async function write(page: string): Promise<void> {
  await writeFile(file, page);
  process.stdout.write(page);
}

async function everything(fresh: FreshHome): Promise<string> {
  const first = await measureClip(fresh);
  const second = await measureClip(fresh);
  const imports = await measureImports(fresh.python);
  const environment = dirname(dirname(dirname(fresh.python)));
  return `# Benchmarks

Written by \`npm run bench\`. Nothing here is typed by hand.

${machine()}

## The first clip and the second

\`npm start -- generate\` with the starter model's own settings (256x160, 17 frames, 16 steps, guidance 3), in a
fresh clone with an empty home folder: no packages, no caches, no data. Then the same again.

${table(
  ['', 'first run, s', 'second run, s'],
  [
    ['whole command', s(first.wall), s(second.wall)],
    ['Node packages and starting', s(first.starting), s(second.starting)],
    ['Python environment', s(first.environment), s(second.environment)],
    ['worker: start and imports', s(first.worker), s(second.worker)],
    ['loading the model', s(first.phases.loading ?? 0), s(second.phases.loading ?? 0)],
    ['reading the prompt', s(first.phases.encoding ?? 0), s(second.phases.encoding ?? 0)],
    ['denoising', s(first.phases.denoising ?? 0), s(second.phases.denoising ?? 0)],
    ['decoding', s(first.phases.decoding ?? 0), s(second.phases.decoding ?? 0)],
    ['finishing', s(first.phases.finishing ?? 0), s(second.phases.finishing ?? 0)],
    ['ending', s(first.ending), s(second.ending)],
  ],
)}

The clip itself, once the model is loaded, took ${s(second.clip)} s.

## What a worker imports

The same interpreter, disk cache warm, median of ${imports.runs} runs in turn.

${table(
  ['', 's', 'against torch alone'],
  [
    ['`import torch`', s(imports.torch), '1.0'],
    ['a worker until it is ready', s(imports.worker), s(imports.worker / imports.torch)],
    ['`from diffusers import CogVideoXPipeline`', s(imports.pipeline), s(imports.pipeline / imports.torch)],
  ],
)}

${await queueSection(environment)}
${await plannerSection()}
${await windowSection(environment)}`;
}

/** `npm run bench`: measures on this machine and writes docs/benchmarks.md. */
import { writeFile } from 'node:fs/promises';
import { cpus, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { inFreshHome, measureClip } from './clips.ts';
import { measureImports } from './imports.ts';
import { percentile } from './page.ts';
import { root } from './root.ts';
import { measureTelemetry } from './telemetry.ts';
import { measureWindow } from './window.ts';

const machine = `${cpus()[0]?.model ?? 'unknown processor'}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GB of memory, ${process.platform} ${process.arch}, no card used`;
const date = new Date().toISOString().slice(0, 10);

const table = (head: string[], rows: string[][]) =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
const s = (value: number) => value.toFixed(1);
const ms = (value: number) => (value < 10 ? value.toFixed(2) : value.toFixed(0));
const megabytes = (bytes: number) => (bytes / 1e6).toFixed(0);

await inFreshHome(async (fresh) => {
  const first = await measureClip(fresh);
  const second = await measureClip(fresh);
  const imports = await measureImports(fresh.python);
  const environment = dirname(dirname(dirname(fresh.python)));
  const window = await measureWindow(environment);
  const telemetry = await measureTelemetry();
  const { library } = window;
  const share = (usage: { cpuSeconds: number; seconds: number }) =>
    ((usage.cpuSeconds / usage.seconds) * 100).toFixed(1);
  const page = `# Benchmarks

Written by \`npm run bench\`. Nothing here is typed by hand.

Machine: ${machine}. Date: ${date}.

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

## The window

The web studio in a process of its own and its page in Chromium, 1440x900; the desktop has the same studio and page. There is no
card here, so the page is drawn by software: for what is drawn, the time of the page's own thread is told beside the time between
frames, which says little on such a machine.

${table(
  ['', 'measured', 'wanted'],
  [
    [
      'from the start of the process until the page is there, ms (median of 5, with a new browser each)',
      ms(percentile(window.usable, 0.5)),
      '1500',
    ],
    ['of that, until the studio listens, ms', ms(window.listening), ''],
    ['longest time that the studio stood still while a clip was made, ms', ms(window.render.longestBlockMs), '50'],
    [`studio's processor time while it was made (${s(window.renderSeconds)} s), % of a core`, share(window.render), ''],
    ['studio at rest, nobody looks: memory, MB', megabytes(window.idle.residentBytes), ''],
    ['the same: processor, % of a core', share(window.idle), ''],
    ['studio at rest, Create is open: processor, % of a core', share(window.idleWithPage), ''],
    ['its page: thread, ms a second', ms(window.idlePage.msASecond), ''],
    [
      'a call of the contract over the socket: median and 95 %, ms',
      `${ms(window.callMedian)}, ${ms(window.callP95)}`,
      '1',
    ],
    [
      'Machine is open, live: page thread, ms a second; ms a frame',
      `${ms(window.machine.msASecond)}; ${ms(window.machine.msAFrame)}`,
      '',
    ],
    ['the same behind another page: ms a second', ms(window.hidden.msASecond), '0'],
    [
      'reading a card four times a second, % of a core',
      telemetry.corePercent === null ? 'no compiler' : telemetry.corePercent.toFixed(2),
      '1',
    ],
    ['eight hours in 1,000 buckets, 95 %, ms (in the thread of its own)', ms(telemetry.historyP95), ''],
    [
      `library of ${library.clips.toLocaleString('en')} clips: until the first stills are seen, ms`,
      ms(library.firstPosters),
      '',
    ],
    ['scrolling it: page thread, ms a frame', ms(library.scroll.msAFrame), '16.7'],
    ['scrolling it: time between frames, 95 %, ms', ms(library.scroll.intervalP95), '16.7'],
    ['searching it, 95 %, ms', ms(library.searchP95), '30'],
  ],
)}
`;
  await writeFile(join(root, 'docs', 'benchmarks.md'), page);
  process.stdout.write(page);
});

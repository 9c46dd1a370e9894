import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Draft } from '../contract/draft.ts';
import { Forecaster } from '../contract/forecast.ts';
import type { Job } from '../contract/job.ts';
import { openPage, pageWork } from './browser.ts';
import { type Calls, connect } from './calls.ts';
import { type Host, inHost } from './host.ts';
import { machine, percentile, table } from './report.ts';

export const queueTitle = '## The queue';

const many = 10_000;
const ms = (value: number) => (value < 10 ? value.toFixed(1) : value.toFixed(0));
const s = (value: number) => value.toFixed(1);

const draft: Draft = {
  ...{ model: 'paper-world', picture: null, prompt: '', negativePrompt: '', width: 96, height: 64, frames: 17, fps: 8 },
  ...{ steps: 8, guidance: 3, scheduler: 'ddim', seed: null },
};

/** Kinds of clips; of each one is made before anything is foretold. */
const kinds: Partial<Draft>[] = [
  {},
  { frames: 9 },
  { width: 160, height: 96 },
  { width: 160, height: 96, frames: 9, guidance: 1 },
];
const steps = [4, 12, 20];

/** Measures a long queue and a mixed one, and words what came of it. */
export async function queueSection(environment: string): Promise<string> {
  const long = await inHome(environment, measureLong);
  const mixed = await inHome(environment, measureMixed);
  const off = (mixed.foretold / mixed.real - 1) * 100;
  return `${queueTitle}

${machine()}

${many.toLocaleString('en')} clips that wait, added by one call out of one line with lists and seeds, over the socket of the web studio; the page
in Chromium, 1440x900, drawn by software.

${table(
  ['', 'measured', 'wanted'],
  [
    ['added, with their names promised, ms', ms(long.added), '2000'],
    ['read again as a list, ms (median)', ms(long.listed), ''],
    ['taken out and put back, ms', `${ms(long.removed)} and ${ms(long.restored)}`, ''],
    ['one moved from the end to the top, ms (median)', ms(long.moved), ''],
    ['until a page that is opened shows their rows, ms', ms(long.shown), ''],
    [
      'scrolled by 300 pixels a frame: between frames, median, 95 % and longest, ms',
      [long.scroll.intervalMedian, long.scroll.intervalP95, long.scroll.intervalLongest].map(ms).join('; '),
      '16.7; ; 50',
    ],
    [
      'the same: page thread, and processor time of its process, ms a frame',
      `${ms(long.scroll.msAFrame)}; ${ms(long.scroll.cpuAFrame)}`,
      '16.7',
    ],
    [
      'scrolled by 40 pixels a frame, every row drawn whole: page thread, and processor time, ms a frame',
      `${ms(long.slowly.msAFrame)}; ${ms(long.slowly.cpuAFrame)}`,
      '16.7',
    ],
    ['one of them paused, until it is drawn: processor time of the page, ms (median)', ms(long.changed), '50'],
  ],
)}

A queue of ${mixed.clips} clips of the starter model, ${kinds.length} kinds with ${steps.join(', ')} steps, foretold after one clip of each kind with ${draft.steps} steps: ${s(mixed.foretold)} s.
It took ${s(mixed.real)} s; the foretelling was ${Math.abs(off).toFixed(1)} % too ${off < 0 ? 'short' : 'long'} (15 % are wanted).
`;
}

async function inHome<Value>(environment: string, task: (host: Host, calls: Calls) => Promise<Value>): Promise<Value> {
  const home = await mkdtemp(join(tmpdir(), 'reelwright-queue-'));
  try {
    return await inHost(home, { REELWRIGHT_ENVIRONMENT: environment }, async (host) => {
      const calls = await connect(host.address);
      await calls.client.settings.change({ welcomed: true });
      const value = await task(host, calls);
      calls.close();
      return value;
    });
  } finally {
    await rm(home, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function timed<Value>(task: () => Promise<Value>): Promise<{ took: number; value: Value }> {
  const begun = performance.now();
  const value = await task();
  return { took: performance.now() - begun, value };
}

async function measureLong(host: Host, { client }: Calls) {
  await client.queue.pause({ afterClip: false });
  const text = 'a {red|blue|green|pink|white} {balloon|kite|boat|star|ball} over the {sea|hills} at {noon|night}';
  const seeds = { kind: 'drawn', count: many / 100 } as const;
  const added = await timed(() => client.queue.addMany({ kind: 'templates', draft, text, slots: {}, seeds }));
  const { ids } = added.value;
  const lists: number[] = [];
  for (let i = 0; i < 10; i += 1) lists.push((await timed(() => client.queue.list())).took);
  const moves: number[] = [];
  for (let i = 0; i < 20; i += 1) {
    const [id, before] = [ids.at(-1 - i) ?? '', ids[i] ?? ''];
    moves.push((await timed(() => client.queue.move({ id, before }))).took);
  }
  const removed = await timed(() => client.queue.removeMany({ ids }));
  const restored = await timed(() => client.queue.restore({ ids }));
  const begun = performance.now();
  const { page, close } = await openPage(host.address);
  await page.getByRole('main').waitFor();
  await page.evaluate(() => {
    location.hash = '#/queue';
  });
  await page.getByRole('checkbox').first().waitFor();
  const shown = performance.now() - begun;
  // What it does once when it is opened is over.
  await page.waitForLoadState('networkidle');
  const scrolled = (pixels: number) =>
    pageWork(page, () =>
      page.evaluate(async (by) => {
        for (let i = 0; i < 200; i += 1) {
          document.querySelector('main')?.scrollBy(0, by);
          await new Promise(requestAnimationFrame);
        }
      }, pixels),
    );
  const scroll = await scrolled(300);
  await page.evaluate(() => document.querySelector('main')?.scrollTo(0, 0));
  await page.getByRole('checkbox').first().waitFor();
  const slowly = await scrolled(40);
  await page.evaluate(() => document.querySelector('main')?.scrollTo(0, 0));
  const changes: number[] = [];
  for (let i = 0; i < 8; i += 1) {
    const work = await pageWork(page, async () => {
      await client.queue.pauseJob({ id: ids.at(-30 + i) ?? '' });
      await page.evaluate(() => new Promise((done) => setTimeout(done, 250)));
    });
    changes.push(work.cpuAFrame * work.frames);
  }
  await close();
  return {
    ...{ added: added.took, listed: percentile(lists, 0.5), moved: percentile(moves, 0.5) },
    ...{ removed: removed.took, restored: restored.took, shown, scroll, slowly, changed: percentile(changes, 0.5) },
  };
}

async function measureMixed(_host: Host, { client }: Calls) {
  const prompt = 'a red balloon rising over green hills';
  const finish = async (drafts: Draft[]) => {
    await client.queue.pause({ afterClip: false });
    await client.queue.addMany({ kind: 'drafts', drafts });
    const jobs: Job[] = await client.queue.list();
    const forecast = new Forecaster(await client.queue.paces()).queue([], jobs, null, Date.now());
    const events = await client.events();
    await client.queue.resume();
    const begun = performance.now();
    let left = drafts.length;
    for await (const event of events) {
      if (event.type === 'job' && event.job.state.kind === 'done') left -= 1;
      if (event.type === 'job' && event.job.state.kind === 'failed') throw new Error('A clip could not be made.');
      if (left === 0) break;
    }
    return { foretold: forecast.seconds, real: (performance.now() - begun) / 1000 };
  };
  // The first one of all is loaded cold; the second finds its model.
  await finish([{}, ...kinds].map((kind) => ({ ...draft, ...kind, prompt, seed: 1 })));
  const drafts = kinds.flatMap((kind) => steps.map((each) => ({ ...draft, ...kind, steps: each, prompt, seed: 2 })));
  // In no order: what was alike does not stand together.
  const order = drafts.map((_, at) => drafts[(at * 5) % drafts.length] ?? draft);
  return { clips: order.length, ...(await finish(order)) };
}

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Page } from '@playwright/test';
import type { Draft } from '../contract/draft.ts';
import { workBehind } from './behind.ts';
import { openBrowser, openPage, pageWork, type Work } from './browser.ts';
import { connect, timeCalls } from './calls.ts';
import { fillLibrary } from './fillLibrary.ts';
import { type Host, inHost, type Usage } from './host.ts';
import { percentile } from './report.ts';

const clips = 10_000;

export interface WindowFigures {
  /** Milliseconds from the start of the process: its address, and the prompt that can be written into. */
  listening: number;
  usable: number[];
  /** While a clip was made with the page open, and without one. */
  render: Usage;
  renderSeconds: number;
  /** Nothing happens; no page, then a page that shows Create. */
  idle: Usage;
  idleWithPage: Usage;
  idlePage: Work;
  /** One small call, milliseconds. */
  callMedian: number;
  callP95: number;
  machine: Work;
  /** The same room while another tab is in front of it: milliseconds of the main thread a second. */
  hidden: number;
  library: { clips: number; firstPosters: number; scroll: Work; searchP95: number };
}

/** What the studio's window costs, measured on the web host: the same studio and page as on the desktop. */
export async function measureWindow(environment: string): Promise<WindowFigures> {
  const home = await mkdtemp(join(tmpdir(), 'reelwright-window-'));
  const env = { REELWRIGHT_ENVIRONMENT: environment };
  try {
    const starts: { listening: number; usable: number }[] = [];
    for (let i = 0; i < 5; i += 1) starts.push(await coldStart(home, env));
    const first = await inHost(home, env, measureRender);
    await fillLibrary(home, clips);
    const library = await inHost(home, env, measureLibrary);
    const rest = await inHost(home, env, measureRest);
    const median = (values: number[]) => percentile(values, 0.5);
    return {
      listening: median(starts.map((start) => start.listening)),
      usable: starts.map((start) => start.usable),
      ...first,
      ...rest,
      library,
    };
  } finally {
    await rm(home, { recursive: true, force: true, maxRetries: 5 });
  }
}

const prompt = (page: Page) => page.getByRole('textbox', { name: 'Prompt', exact: true });

async function coldStart(home: string, env: Record<string, string>) {
  // A browser is open already, as the window's own is part of the desktop.
  const { page, close } = await openBrowser();
  try {
    return await inHost(home, env, async (host) => {
      const begun = performance.now();
      await page.goto(host.address);
      await page.getByRole('main').waitFor();
      return { listening: host.listeningAfter, usable: host.listeningAfter + performance.now() - begun };
    });
  } finally {
    await close();
  }
}

async function measureRender(host: Host) {
  const { client, close } = await connect(host.address);
  await client.settings.change({ welcomed: true });
  const opened = await openPage(host.address);
  await prompt(opened.page).waitFor();
  await untilReady(client);
  await host.usage();
  const begun = performance.now();
  const { id } = await client.queue.add(draft);
  for await (const event of await client.events()) {
    if (event.type === 'job' && event.job.id === id && event.job.state.kind === 'done') break;
  }
  const render = await host.usage();
  const renderSeconds = (performance.now() - begun) / 1000;
  await opened.close();
  close();
  return { render, renderSeconds };
}

async function measureRest(host: Host) {
  const { client, close } = await connect(host.address);
  await untilReady(client);
  await host.usage();
  await sleep(20_000);
  const idle = await host.usage();
  await timeCalls(200, () => client.settings.get());
  const calls = await timeCalls(2000, () => client.settings.get());
  const opened = await openPage(host.address);
  await prompt(opened.page).waitFor();
  await sleep(3000);
  await host.usage();
  const idlePage = await pageWork(opened.page, () => sleep(20_000));
  const idleWithPage = await host.usage();
  await opened.page.evaluate(() => {
    location.hash = '#/machine';
  });
  await opened.page.getByRole('main').getByRole('heading').first().waitFor();
  await sleep(3000);
  const machine = await pageWork(opened.page, () => sleep(20_000));
  await opened.close();
  const hidden = await workBehind(host.address, '#/machine', 10);
  close();
  const callMedian = percentile(calls, 0.5);
  return { idle, idleWithPage, idlePage, callMedian, callP95: percentile(calls, 0.95), machine, hidden };
}

async function measureLibrary(host: Host) {
  const { client, close } = await connect(host.address);
  const words = ['red', 'balloon sea', 'night', 'nothing-like-it', 'a'];
  const searches = await timeCalls(100, () =>
    client.library.page({ search: words[searchNumber++ % words.length] ?? '' }),
  );
  const { page, close: closePage } = await openPage(host.address);
  await prompt(page).waitFor();
  const begun = performance.now();
  await page.evaluate(() => {
    location.hash = '#/library';
  });
  await page.waitForFunction(() => [...document.images].some((image) => image.complete && image.naturalWidth > 0));
  const firstPosters = performance.now() - begun;
  await page.mouse.move(700, 500);
  const scroll = await pageWork(page, async () => {
    for (let i = 0; i < 200; i += 1) {
      await page.mouse.wheel(0, 400);
      await page.evaluate(() => new Promise(requestAnimationFrame));
    }
  });
  await closePage();
  close();
  return { clips, firstPosters, scroll, searchP95: percentile(searches, 0.95) };
}

let searchNumber = 0;

const draft: Draft = {
  ...{ model: 'paper-world', picture: null, prompt: 'a red balloon rising over green hills', negativePrompt: '' },
  ...{ width: 256, height: 160, frames: 17, fps: 8, steps: 16, guidance: 3, scheduler: 'ddim', seed: 1 },
};

async function untilReady(client: Awaited<ReturnType<typeof connect>>['client']): Promise<void> {
  for await (const event of await client.events()) {
    const engine = event.type === 'snapshot' || event.type === 'engine' ? event.engine : null;
    if (engine?.kind === 'ready') return;
    if (engine?.kind === 'impossible') throw new Error(engine.sentence);
  }
}

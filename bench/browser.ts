import { type Browser, type CDPSession, chromium, type Page } from '@playwright/test';
import { execa } from 'execa';
import { percentile } from './report.ts';

export interface Opened {
  page: Page;
  close(): Promise<void>;
}

/** A browser of this machine with an empty page. Drawing is by software where there is no card. */
export async function openBrowser(): Promise<Opened> {
  const browser: Browser = await chromium.launch({ executablePath: await browserProgram(), args: ['--no-sandbox'] });
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'en' });
  return { page: await context.newPage(), close: () => browser.close() };
}

/** The same with a page at `address`. */
export async function openPage(address: string): Promise<Opened> {
  const opened = await openBrowser();
  await opened.page.goto(address);
  return opened;
}

export async function browserProgram(): Promise<string> {
  const find = process.platform === 'win32' ? 'where' : 'which';
  for (const name of ['chromium', 'google-chrome', 'chrome', 'msedge']) {
    const { exitCode, stdout } = await execa(find, [name], { reject: false });
    const found = stdout.split('\n')[0]?.trim();
    if (exitCode === 0 && found) return found;
  }
  throw new Error('There is no Chromium, Chrome or Edge on PATH to open the page in.');
}

export interface Work {
  seconds: number;
  /** Frames that the page drew. */
  frames: number;
  /** Milliseconds of the page's main thread, a frame and a second. */
  msAFrame: number;
  msASecond: number;
  /** Time between two frames: the middle, the 95th percentile and the longest. */
  intervalMedian: number;
  intervalP95: number;
  intervalLongest: number;
  /** Milliseconds of processor time of the page's process, a frame: all of its threads. */
  cpuAFrame: number;
  heapBytes: number;
}

/** What the page's main thread did while `task` ran. */
export async function pageWork(page: Page, task: () => Promise<void>): Promise<Work> {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('Performance.enable');
  const before = await metrics(devtools);
  const cpuBefore = await processorTime(page);
  const frames = await page.evaluateHandle(() => {
    const times: number[] = [];
    let going = true;
    const look = (time: number) => {
      times.push(time);
      if (going) requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
    return {
      end() {
        going = false;
        return times;
      },
    };
  });
  await task();
  const times = await frames.evaluate((each) => each.end());
  const after = await metrics(devtools);
  const cpuAfter = await processorTime(page);
  await devtools.detach();
  const between = times.slice(1).map((time, index) => time - (times[index] ?? time));
  const seconds = after.Timestamp - before.Timestamp;
  const busyMs = (after.TaskDuration - before.TaskDuration) * 1000;
  return {
    seconds,
    frames: times.length,
    msAFrame: busyMs / Math.max(1, times.length),
    msASecond: busyMs / seconds,
    intervalMedian: percentile(between, 0.5),
    intervalP95: percentile(between, 0.95),
    intervalLongest: Math.max(0, ...between),
    cpuAFrame: (cpuAfter - cpuBefore) / Math.max(1, times.length),
    heapBytes: after.JSHeapUsedSize,
  };
}

/** Milliseconds that the page's process has had of the processor. */
async function processorTime(page: Page): Promise<number> {
  const devtools = await page.context().browser()?.newBrowserCDPSession();
  if (devtools === undefined) return 0;
  const { processInfo } = await devtools.send('SystemInfo.getProcessInfo');
  await devtools.detach();
  const pages = processInfo.filter(({ type }) => type === 'renderer');
  return 1000 * Math.max(0, ...pages.map(({ cpuTime }) => cpuTime));
}

async function metrics(devtools: CDPSession) {
  const { metrics: all } = await devtools.send('Performance.getMetrics');
  const of = (name: string) => all.find((metric) => metric.name === name)?.value ?? 0;
  return { Timestamp: of('Timestamp'), TaskDuration: of('TaskDuration'), JSHeapUsedSize: of('JSHeapUsedSize') };
}

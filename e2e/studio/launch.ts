/** Starts the real studio, in a window or for a browser, with a data folder of its own. */

import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import {
  _electron,
  type Browser,
  type BrowserContext,
  chromium,
  type ElectronApplication,
  type Page,
} from '@playwright/test';
import { execa } from 'execa';
import { dataPaths } from '../../electron/studio/storage/paths.ts';
import { oneThread, root, until } from '../cli.ts';
import { buildMain, testElectron } from './electron/testElectron.ts';
import { packagedStudio } from './packaged.ts';

export type Host = 'electron' | 'web' | 'packaged';

export interface Launched {
  page: Page;
  context: BrowserContext;
  /** The process that holds the studio. */
  pid: number;
  /** As a person ends it; resolves when its process is gone. */
  close(): Promise<void>;
  kill(): Promise<void>;
  /** Its process is gone, whoever ended it. */
  ended(): boolean;
  /** For the tests to ask and to play with; the packaged program lets nobody in, and a browser has none. */
  electron: ElectronApplication | null;
  /** What the web host printed. */
  address: string | null;
}

/** What is given to the program, so that another one can be started beside it. */
export interface Command {
  program: string;
  args: string[];
  env: Record<string, string>;
}

export const environmentOf = (home: string): Record<string, string> => ({
  ...(process.env as Record<string, string>),
  ...oneThread,
  REELWRIGHT_HOME: home,
  REELWRIGHT_ENVIRONMENT: dataPaths().environment,
  LANGUAGE: 'en_US',
});

/** Chromium has no sandbox for the superuser, as in a container. */
const asSuperuser = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
/**
 * What has changed is painted, and no card is imitated that would draw all of it: that takes a quarter of the time. The
 * packaged program is started as anybody starts it.
 */
const switches = ['--disable-gpu', '--disable-software-rasterizer', ...asSuperuser];

export async function commandOf(host: 'electron' | 'packaged', home: string): Promise<Command> {
  const env = environmentOf(home);
  if (host === 'packaged') return { program: await packagedStudio(), args: asSuperuser, env };
  const electron = await testElectron();
  return { program: electron.program, args: [...switches, await buildMain(electron)], env };
}

export function launch(host: Host, home: string): Promise<Launched> {
  switch (host) {
    case 'electron':
      return launchWindow(home);
    case 'packaged':
      return launchPackaged(home);
    case 'web':
      return launchWeb(home);
  }
}

/**
 * Holds the program back until Playwright is attached, and keeps covered windows at work. Playwright brings it only for
 * an Electron that it finds by itself: without it a window that is made in just that moment is waited for in vain.
 */
const held = ['-r', join(root, 'node_modules', 'playwright-core', 'lib', 'server', 'electron', 'loader.js')];

async function launchWindow(home: string): Promise<Launched> {
  const { program, args, env } = await commandOf('electron', home);
  const electron = await _electron.launch({ executablePath: program, args: [...held, ...args], env });
  const child = electron.process();
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  return {
    page: await electron.firstWindow(),
    context: electron.context(),
    pid: child.pid ?? 0,
    async close() {
      await electron.close();
      await gone;
    },
    async kill() {
      child.kill('SIGKILL');
      await gone;
    },
    ended: () => child.exitCode !== null || child.signalCode !== null,
    electron,
    address: null,
  };
}

/** With the fuses that people get, so by its page alone; which is there before anybody attaches to it. */
async function launchPackaged(home: string): Promise<Launched> {
  const { program, args, env } = await commandOf('packaged', home);
  const child = start(program, ['--remote-debugging-port=0', ...args], env);
  const address = await said(child, 'stderr', /^DevTools listening on (ws:.*)$/m);
  const list = new URL('/json/list', address.replace(/^ws/, 'http'));
  const isThere = async () => {
    const targets = (await (await fetch(list)).json()) as { type: string; title: string }[];
    return targets.some(({ type, title }) => type === 'page' && title === 'Reelwright');
  };
  await until('the window has its page', isThere, 30_000);
  const browser = await chromium.connectOverCDP(address, { noDefaults: true });
  const [context] = browser.contexts();
  const [page] = context?.pages() ?? [];
  if (context === undefined || page === undefined) throw new Error('The packaged studio has no page.');
  return {
    page,
    context,
    pid: child.pid ?? 0,
    async close() {
      await page.close({ runBeforeUnload: true });
      await child;
      await browser.close();
    },
    async kill() {
      child.kill('SIGKILL');
      await child;
      await browser.close();
    },
    ended: () => child.exitCode !== null || child.signalCode !== null,
    electron: null,
    address: null,
  };
}

async function launchWeb(home: string): Promise<Launched> {
  const args = [join(root, 'electron', 'cli', 'main.ts'), 'serve', '--json'];
  const child = start(process.execPath, args, environmentOf(home));
  const { address } = JSON.parse(await said(child, 'stdout', /^(\{.*\})$/m)) as { address: string };
  const context = await (await browser()).newContext({ viewport: { width: 1440, height: 900 }, locale: 'en-US' });
  const page = await context.newPage();
  await page.goto(address);
  // From there it goes on by itself, to where there is no token.
  await page.waitForURL(new URL('/', address).href);
  return {
    page,
    context,
    pid: child.pid ?? 0,
    async close() {
      await context.close();
      child.kill('SIGINT');
      await child;
    },
    async kill() {
      child.kill('SIGKILL');
      await child;
      await context.close();
    },
    ended: () => child.exitCode !== null || child.signalCode !== null,
    electron: null,
    address,
  };
}

const start = (program: string, args: string[], env: Record<string, string>) =>
  execa(program, args, { env, extendEnv: false, reject: false, stdin: 'ignore' });

/** What it prints in the brackets of the pattern, once it does. */
function said(child: ReturnType<typeof start>, where: 'stdout' | 'stderr', pattern: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    child[where].on('data', (chunk) => {
      text += String(chunk);
      const found = pattern.exec(text)?.[1];
      if (found !== undefined) resolve(found);
    });
    void child.then(({ stdout, stderr }) => reject(new Error(`The studio has ended: ${stdout} ${stderr}`)));
  });
}

let started: Promise<Browser> | undefined;

/** One for all studios of this process, each in a profile of its own: to start one takes longer than many a test. */
function browser(): Promise<Browser> {
  const executablePath = findChromium();
  started ??= chromium.launch({ args: switches, ...(executablePath ? { executablePath } : {}) });
  return started;
}

/** The system's, where Playwright's own cannot be downloaded: the one that never has a window, if it is there. */
function findChromium(): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const names = ['chromium-headless-shell', 'chromium', 'google-chrome'];
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find((program) => existsSync(program));
}

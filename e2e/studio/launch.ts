/** Starts the real studio, in a window or for a browser, with a data folder of its own. */

import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import {
  _electron,
  type BrowserContext,
  chromium,
  type ElectronApplication,
  errors,
  type Page,
} from '@playwright/test';
import { execa } from 'execa';
import { dataPaths } from '../../electron/studio/storage/paths.ts';
import { oneThread, root } from '../cli.ts';
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

export const launch = (host: Host, home: string): Promise<Launched> =>
  host === 'web' ? launchWeb(home) : launchWindow(host, home);

/**
 * Holds the program back until Playwright is attached, and keeps covered windows at work. Playwright brings it only for
 * an Electron that it finds by itself: without it a window that is made in just that moment is waited for in vain.
 */
const held = ['-r', join(root, 'node_modules', 'playwright-core', 'lib', 'server', 'electron', 'loader.js')];

/** The packaged program cannot be held back: where its window was made in just that moment it is started once more. */
async function attached(options: Parameters<typeof _electron.launch>[0]): Promise<ElectronApplication> {
  try {
    return await _electron.launch(options);
  } catch (error) {
    if (!(error instanceof errors.TimeoutError)) throw error;
    return _electron.launch(options);
  }
}

async function launchWindow(host: 'electron' | 'packaged', home: string): Promise<Launched> {
  const { program, args, env } = await commandOf(host, home);
  const electron = await attached({
    executablePath: program,
    args: host === 'electron' ? [...held, ...args] : args,
    env,
    // Twice, and before the test's own time is over, so that what was waited for is told.
    timeout: 30_000,
  });
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

async function launchWeb(home: string): Promise<Launched> {
  const args = [join(root, 'electron', 'cli', 'main.ts'), 'serve', '--json'];
  const child = execa(process.execPath, args, {
    env: environmentOf(home),
    extendEnv: false,
    reject: false,
    stdin: 'ignore',
  });
  const address = await new Promise<string>((resolve, reject) => {
    child.stdout.once('data', (line) => resolve((JSON.parse(String(line)) as { address: string }).address));
    void child.then(({ stdout, stderr }) => reject(new Error(`The web studio has ended: ${stdout} ${stderr}`)));
  });
  const executablePath = findChromium();
  const browser = await chromium.launch({ args: switches, ...(executablePath ? { executablePath } : {}) });
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'en-US' });
  const page = await context.newPage();
  await page.goto(address);
  // From there it goes on by itself, to where there is no token.
  await page.waitForURL(new URL('/', address).href);
  return {
    page,
    context,
    pid: child.pid ?? 0,
    async close() {
      await browser.close();
      child.kill('SIGINT');
      await child;
    },
    async kill() {
      child.kill('SIGKILL');
      await child;
      await browser.close();
    },
    ended: () => child.exitCode !== null || child.signalCode !== null,
    electron: null,
    address,
  };
}

/** The system's, where Playwright's own cannot be downloaded. */
function findChromium(): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const programs = folders.flatMap((folder) => ['chromium', 'google-chrome'].map((name) => join(folder, name)));
  return programs.find((program) => existsSync(program));
}

/** The fixture of every spec: one studio, its page, and what can happen to it. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createORPCClient } from '@orpc/client';
import type { ContractRouterClient } from '@orpc/contract';
import { test as base, type ElectronApplication, type Page, type TestInfo } from '@playwright/test';
import type { Api } from '../../contract/api.ts';
import type { SettingsChange } from '../../contract/settings.ts';
import { dataPaths } from '../../electron/studio/storage/paths.ts';
import { openStudio } from '../../electron/studio/studio.ts';
import { root } from '../cli.ts';
import { empty, usual } from './emptied.ts';
import { type Host, type Launched, launch } from './launch.ts';
import { callThroughPage } from './throughPage.ts';

interface Hosted {
  host: Host;
}

export interface StudioOptions extends Hosted {
  /** What is remembered when the studio starts for the first time. */
  settings: SettingsChange;
}

/** Whether it can be told which processes are left. */
export const seesProcesses = process.platform === 'linux';

export class Studio {
  readonly home: string;
  readonly host: Host;
  /** The contract, called through the page's own connection. No streams. */
  readonly client: ContractRouterClient<Api>;
  readonly #testInfo: TestInfo | null;
  #launched: Launched | null = null;
  #traces = 0;

  constructor(home: string, host: Host, testInfo: TestInfo | null) {
    this.home = home;
    this.host = host;
    this.#testInfo = testInfo;
    this.client = createORPCClient({ call: (path, input) => callThroughPage(this.page, path, input) });
  }

  get page(): Page {
    return this.#running.page;
  }
  get pid(): number {
    return this.#running.pid;
  }
  /** The window's program, where a test can ask it. */
  get electron(): ElectronApplication {
    const { electron } = this.#running;
    if (electron === null) throw new Error('There is no window, or it belongs to a program that lets nobody in.');
    return electron;
  }
  /** The address that was printed, with its token. */
  get address(): string {
    const { address } = this.#running;
    if (address === null) throw new Error('There is no address: the studio has a window.');
    return address;
  }
  get runs(): boolean {
    return this.#launched?.ended() === false;
  }
  get #traced(): boolean {
    return this.#testInfo !== null && process.env['REELWRIGHT_TRACE'] !== undefined;
  }
  get #running(): Launched {
    if (this.#launched === null) throw new Error('The studio does not run.');
    return this.#launched;
  }

  async start(): Promise<Page> {
    this.#launched = await launch(this.host, this.home);
    // It costs a third of the time: asked for when a failure is looked into.
    if (this.#traced) await this.#launched.context.tracing.start({ screenshots: true, snapshots: true });
    return this.#launched.page;
  }

  /** As a person closes it. */
  async close(): Promise<void> {
    await this.#keepTrace();
    await this.#launched?.close();
    this.#launched = null;
  }

  async restart(): Promise<Page> {
    await this.close();
    return this.start();
  }

  /** SIGKILL, without a word. */
  async kill(): Promise<void> {
    await this.#keepTrace();
    await this.#running.kill();
    this.#launched = null;
  }

  /** What the host has written down. */
  log(): string {
    const file = join(this.home, 'logs', this.host === 'web' ? 'web.log' : 'desktop.log');
    try {
      return readFileSync(file, 'utf8');
    } catch {
      return '';
    }
  }

  /** Every process that was started with this data folder and is still there (Linux). */
  processes(): number[] {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
      .filter((pid) => isOf(pid, this.home))
      .map(Number);
  }

  /** Those among them that render. */
  engines(): number[] {
    return this.processes().filter((pid) => commandLine(pid).includes('reelwright_sidecar'));
  }

  async #keepTrace(): Promise<void> {
    const tracing = this.#launched?.context.tracing;
    // Of a window that has gone there is none left to keep.
    const test = this.#testInfo;
    const failed = test !== null && test.status !== test.expectedStatus;
    const path = failed ? { path: test.outputPath(`trace-${++this.#traces}.zip`) } : {};
    if (this.#traced) await tracing?.stop(path).catch(() => {});
  }
}

function isOf(pid: string, home: string): boolean {
  try {
    if (/^\d+ \(.*\) Z/s.test(readFileSync(`/proc/${pid}/stat`, 'latin1'))) return false;
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(`REELWRIGHT_HOME=${home}`);
  } catch {
    return false;
  }
}

function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

/** Every test has a studio of its own. */
export const test = base.extend<Pick<StudioOptions, 'settings'> & { studio: Studio; page: Page }, Hosted>({
  host: ['electron', { option: true, scope: 'worker' }],
  settings: [usual, { option: true }],
  studio: async ({ host, settings }, use, testInfo) => {
    await withStudio(host, settings, testInfo, async (studio) => {
      await use(studio);
      if (testInfo.status !== testInfo.expectedStatus) await testInfo.attach('host log', { body: studio.log() });
    });
  },
  page: async ({ studio }, use) => use(studio.page),
});

/** They share one, which each finds as it was at its first start. A test that fails takes it with it. */
export const sharing = base.extend<{ paused: boolean; page: Page; emptied: null }, Hosted & { studio: Studio }>({
  host: ['electron', { option: true, scope: 'worker' }],
  studio: [async ({ host }, use) => withStudio(host, usual, null, use), { scope: 'worker', timeout: 60_000 }],
  /** The queue is from the begin: no engine is started that the test would only end. */
  paused: [false, { option: true }],
  page: async ({ emptied: _, studio }, use) => use(studio.page),
  emptied: [
    async ({ paused, studio }, use, testInfo) => {
      await empty(studio, paused);
      await use(null);
      if (testInfo.status !== testInfo.expectedStatus) await testInfo.attach('host log', { body: studio.log() });
    },
    { auto: true },
  ],
});

export async function withStudio(
  host: Host,
  settings: SettingsChange,
  testInfo: TestInfo | null,
  use: (studio: Studio) => Promise<void>,
): Promise<void> {
  const home = mkdtempSync(join(tmpdir(), 'reelwright e2e ü '));
  remember(home, settings);
  const studio = new Studio(home, host, testInfo);
  try {
    await studio.start();
    await use(studio);
  } finally {
    await studio.close();
    rmSync(home, { recursive: true, force: true, maxRetries: 5 });
  }
}

export { expect } from '@playwright/test';

/** By the studio's own hand, before it starts. */
function remember(home: string, settings: SettingsChange): void {
  const program = { resources: join(root, 'resources'), sidecar: join(root, 'python-sidecar') };
  const studio = openStudio({ paths: dataPaths(home), program });
  studio.remembered.change(settings);
  studio.dispose();
}

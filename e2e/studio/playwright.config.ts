import { defineConfig } from '@playwright/test';
import type { StudioOptions } from './studio.ts';

/** The same specs against the window and the browser; a few against the window as it is packaged. */
export default defineConfig<StudioOptions>({
  testDir: import.meta.dirname,
  testMatch: '*.spec.ts',
  outputDir: '../../build/playwright',
  globalSetup: './setUp.ts',
  // One more than the build machine has cores: often a test waits, for an engine to start or for a countdown.
  workers: 3,
  // One by one they fill all of them to the end; those of a file that share a studio do so in each.
  fullyParallel: true,
  retries: 0,
  timeout: 120_000,
  expect: { timeout: 15_000 },
  reporter: process.env['REELWRIGHT_PLAYWRIGHT_JSON']
    ? [['list'], ['json', { outputFile: process.env['REELWRIGHT_PLAYWRIGHT_JSON'] }]]
    : [['list']],
  projects: [
    // First, and one after the other: while one of them packs the program, the other workers have something else to do.
    { name: 'packaged', use: { host: 'packaged' }, grep: /@packaged/, workers: 1 },
    { name: 'electron', use: { host: 'electron' } },
    { name: 'web', use: { host: 'web' } },
  ],
});

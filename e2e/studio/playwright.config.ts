import { defineConfig } from '@playwright/test';
import type { StudioOptions } from './studio.ts';

/** The same specs against the window and the browser; a few against the window as it is packaged. */
export default defineConfig<StudioOptions>({
  testDir: import.meta.dirname,
  testMatch: '*.spec.ts',
  outputDir: '../../build/playwright',
  globalSetup: './setUp.ts',
  workers: 2,
  // One by one they fill both to the end; those of a file that share a studio do so in each.
  fullyParallel: true,
  retries: 0,
  timeout: 120_000,
  expect: { timeout: 15_000 },
  reporter: process.env['REELWRIGHT_PLAYWRIGHT_JSON']
    ? [['list'], ['json', { outputFile: process.env['REELWRIGHT_PLAYWRIGHT_JSON'] }]]
    : [['list']],
  projects: [
    { name: 'electron', use: { host: 'electron' } },
    { name: 'web', use: { host: 'web' } },
    { name: 'packaged', use: { host: 'packaged' }, grep: /@packaged/ },
  ],
});

import type { FullConfig } from '@playwright/test';
import { ensureBuilt, page } from '../../bootstrap/build.mjs';
import { root } from '../cli.ts';
import { testPython } from '../environment.ts';
import { buildMain, testElectron } from './electron/testElectron.ts';

/** Once for all: what every studio of the tests shares. No test's own time goes into it. */
export default async function setUp({ projects }: FullConfig): Promise<void> {
  await testPython();
  await ensureBuilt(root, [page], console.error);
  if (projects.some(({ name }) => name !== 'web')) await buildMain(await testElectron());
}

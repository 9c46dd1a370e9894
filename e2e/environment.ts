import { join } from 'node:path';
import { ensureEnvironment } from '../electron/studio/environment/index.ts';
import { dataPaths } from '../electron/studio/storage/paths.ts';

/** The interpreter of the environment that `npm test` has set up, shared by every test's data folder. */
export async function testPython(): Promise<string> {
  const sidecar = join(import.meta.dirname, '..', 'python-sidecar');
  const options = { folder: dataPaths().environment, sidecar, extras: 'development', onProgress: () => {} } as const;
  const environment = await ensureEnvironment(options);
  if (environment.kind === 'impossible') throw new Error(environment.sentence);
  return environment.python;
}

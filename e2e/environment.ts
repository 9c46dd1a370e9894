import { join } from 'node:path';
import { dataPaths } from '../electron/studio/storage/paths.ts';

/** The interpreter of the environment that `npm test` has set up, shared by every test's data folder. */
export async function testPython(): Promise<string> {
  const { environment } = dataPaths();
  return join(environment, 'python', process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python');
}

import { ensureBuilt, page } from '../../bootstrap/build.mjs';
import { root } from '../cli.ts';
import { testPython } from '../environment.ts';

/** Once for all projects: the page, and the Python environment that every studio of the tests shares. */
export default async function setUp(): Promise<void> {
  await testPython();
  await ensureBuilt(root, [page], console.error);
}

// `npm start -- serve`: the page is built first, the rest is the command line's.
import { BuildError, ensureBuilt, page } from './build.mjs';
import { root } from './launch.mjs';

try {
  await ensureBuilt(root, [page], (line) => process.stderr.write(`${line}\n`));
  await import('../electron/cli/main.ts');
} catch (error) {
  if (!(error instanceof BuildError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 3;
}

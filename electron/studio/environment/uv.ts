import { join } from 'node:path';
import { explain } from './failure.ts';
import { indexFromPip } from './pipSettings.ts';
import { type Ended, runProgram } from './program.ts';
import type { Python } from './python.ts';
import { findUv } from './uvProgram.ts';
import { cleanEnvironment, log, type Workshop } from './workshop.ts';

/** The installer, ready to be asked. */
export interface Uv {
  /** Throws what a failure means for a person. */
  run(args: readonly string[]): Promise<void>;
  /** For a step that may fail. */
  attempt(args: readonly string[]): Promise<boolean>;
}

export async function openUv(shop: Workshop, python: Python): Promise<Uv> {
  const program = await findUv(shop, python);
  const env = cleanEnvironment({
    ...(await indexFromPip(shop, python)),
    // Beside the environment: then its files are links to the cache, and cost no second disk space.
    UV_CACHE_DIR: join(shop.folder, 'cache'),
    ...shop.env,
    UV_NO_PROGRESS: '1',
    UV_PYTHON_DOWNLOADS: 'never',
  });
  const ask = async (args: readonly string[]): Promise<Ended> => {
    const ended = await runProgram(program, args, { env, cwd: shop.folder, signal: shop.signal });
    log(shop, `uv ${args.join(' ')}\n${ended.all}`);
    return ended;
  };
  return {
    async run(args) {
      const { code, all } = await ask(args);
      if (code !== 0) throw explain(shop, all);
    },
    attempt: async (args) => (await ask(args)).code === 0,
  };
}

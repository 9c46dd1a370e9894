import { join } from 'node:path';
import { CannotSetUp } from './outcome.ts';
import { indexFromPip } from './pipSettings.ts';
import { type Ended, runProgram } from './program.ts';
import type { Python } from './python.ts';
import { findUv } from './uvProgram.ts';
import { cleanEnvironment, gigabytes, log, logFile, type Workshop } from './workshop.ts';

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

const nearlyNothing = 100e6;

/** uv has one exit code for all its failures, so the disk is asked first and its words second. */
function explain(shop: Workshop, words: string): CannotSetUp {
  const free = shop.recipe.freeBytes(shop.folder);
  if (free < nearlyNothing || /No space left|os error (28|112)\b/.test(words)) return diskFull(shop, free);
  if (/hash mismatch/i.test(words)) {
    const sentence = 'A downloaded package is not the one that was expected.';
    return new CannotSetUp(
      'damaged-download',
      sentence,
      'Start again; if it happens again, look at the proxy or mirror in between.',
    );
  }
  if (/Permission denied|Read-only file system|Access is denied|os error (5|13|30)\b/i.test(words))
    return notWritable(shop.folder);
  if (/error sending request|failed to (fetch|download)|dns error|connect|timed out|network|offline/i.test(words)) {
    const action = 'Connect to the internet and start again: what has been downloaded is kept.';
    return new CannotSetUp('network', 'The Python packages could not be downloaded.', action);
  }
  const action = `Start again; if it happens twice, report the end of ${logFile(shop.folder)}.`;
  return new CannotSetUp('installation-failed', 'The Python packages could not be installed.', action);
}

export function diskFull(shop: Workshop, free: number): CannotSetUp {
  return new CannotSetUp(
    'disk-full',
    `The engine needs ${gigabytes(shop.recipe.needed)} of disk space; ${gigabytes(free)} is free at ${shop.folder}.`,
    'Free some space, or set REELWRIGHT_ENVIRONMENT to a folder on another disk, and start again.',
  );
}

export function notWritable(folder: string): CannotSetUp {
  const action = 'Make it writable, or set REELWRIGHT_ENVIRONMENT to another folder, and start again.';
  return new CannotSetUp('not-writable', `The folder ${folder} cannot be written to.`, action);
}

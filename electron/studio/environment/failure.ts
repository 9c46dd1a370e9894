import { CannotSetUp } from './outcome.ts';
import { gigabytes, logFile, type Workshop } from './workshop.ts';

const nearlyNothing = 100e6;

/** pip and uv have one exit code for all their failures, so the disk is asked first and their words second. */
export function explain(shop: Workshop, words: string): CannotSetUp {
  const free = shop.recipe.freeBytes(shop.folder);
  if (free < nearlyNothing || /No space left|os error (28|112)\b/.test(words)) return diskFull(shop, free);
  if (/hash mismatch|do not match the hashes/i.test(words)) {
    const sentence = 'A downloaded package is not the one that was expected.';
    return new CannotSetUp(
      'damaged-download',
      sentence,
      'Start again; if it happens again, look at the proxy or mirror in between.',
    );
  }
  if (/Permission denied|Read-only file system|Access is denied|os error (5|13|30)\b/i.test(words))
    return notWritable(shop.folder);
  if (
    /error sending request|failed to (fetch|download)|dns error|connect|timed out|network|offline|no matching distribution/i.test(
      words,
    )
  ) {
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

import { type ExitCode, exitCodes } from '../../contract/command.ts';
import { cached, clearCache } from '../studio/storage/cache.ts';
import type { Studio } from '../studio/studio.ts';
import type { Output } from './output.ts';
import { refuse } from './render.ts';

/** What is kept to save time: how much it is, or away with it. */
export async function cache(
  { action }: { action: 'show' | 'clear' },
  studio: Studio,
  output: Output,
): Promise<ExitCode> {
  const { home, cache: folder } = studio.paths;
  const before = await cached(folder);
  if (action === 'show') {
    const text = `Prompts that were read: ${size(before.promptsBytes)}\nWhat was compiled: ${size(before.kernelsBytes)}`;
    output.result(text, before);
    return exitCodes.done;
  }
  const lock = studio.holdEngine();
  if (lock.kind === 'busy') {
    const sentence = `Another Reelwright is open in ${home} and may be using it. Close that one first.`;
    return refuse(output, 'busy', sentence, exitCodes.notOnThisMachine);
  }
  try {
    await clearCache(folder);
  } finally {
    lock.release();
  }
  const bytes = before.promptsBytes + before.kernelsBytes;
  output.result(`${size(bytes)} thrown away.`, { clearedBytes: bytes });
  return exitCodes.done;
}

/** As a person says it: nothing, megabytes, or gigabytes. */
export function size(bytes: number): string {
  if (bytes === 0) return 'nothing';
  return bytes < 2 ** 30 ? `${Math.max(1, Math.round(bytes / 2 ** 20))} MB` : `${(bytes / 2 ** 30).toFixed(1)} GB`;
}

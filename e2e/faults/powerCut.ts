import { basename, dirname } from 'node:path';
import type { Call } from './disk.ts';

const contents: ReadonlySet<string> = new Set(['write', 'pwrite64', 'pwrite', 'writev', 'ftruncate64', 'truncate']);
const syncs: ReadonlySet<string> = new Set(['fsync', 'fdatasync']);

/**
 * What a power cut could damage, by the order of the calls. A file that is given its name must have been synced after the
 * last thing that was written to it, and be left alone afterwards; and its folder must be synced before anything is
 * removed for which it stands, and before the program ends.
 */
export function lostByPowerCut(calls: readonly Call[]): string[] {
  const lost: string[] = [];
  const unsynced = new Set<string>();
  const published = new Set<string>();
  const unsettled = new Map<string, string>();
  for (const { call, path, to, refused } of calls) {
    if (refused) continue;
    if (contents.has(call)) {
      unsynced.add(path);
      if (published.has(path)) lost.push(`${path} was written to when it had its name already`);
    } else if (syncs.has(call)) {
      unsynced.delete(path);
      for (const [file, folder] of unsettled) if (folder === path) unsettled.delete(file);
    } else if (call === 'rename' || call === 'link') {
      if (unsynced.has(path)) lost.push(`${to} got its name before its content was synced`);
      published.add(to);
      unsettled.set(to, dirname(to));
    } else if (call === 'unlink' && !isTemporary(path)) {
      for (const file of unsettled.keys())
        if (file !== path) lost.push(`${path} was removed before the name of ${file} was synced`);
    }
  }
  for (const file of unsettled.keys()) lost.push(`the name of ${file} was never synced`);
  return lost;
}

const isTemporary = (path: string): boolean => basename(path).startsWith('.') || /-(wal|shm|journal)$/.test(path);

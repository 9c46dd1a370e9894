import { setTimeout as pause } from 'node:timers/promises';

const retryMs = 2000;

/** Tries to write until it can be, or `end` says that nobody waits any more. `waits` hears when it cannot at first. */
export async function persistently(write: () => void, waits: () => void, end: AbortSignal): Promise<void> {
  for (let first = true; !end.aborted; first = false) {
    try {
      return write();
    } catch {
      if (first) waits();
      await pause(retryMs, undefined, { signal: end }).catch(() => {});
    }
  }
}

import { open, rm, stat } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { z } from 'zod';
import { Failure } from '../../../contract/failure.ts';
import type { FolderProblem } from '../../../contract/refusal.ts';
import { Settings, type SettingsChange } from '../../../contract/settings.ts';
import { Refused } from '../refused.ts';
import type { Store } from '../storage/database.ts';

/** Somebody paused the queue, or it did so by itself because of a failure. */
export interface QueuePause {
  because: Failure | null;
}

/** In whatever words it is written why: it is paused. */
const Pause = z.union([z.boolean(), z.object({ because: Failure.nullable().catch(null) })]).catch(false);

/** What is remembered between two starts. */
export class Remembered {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  settings(): Settings {
    return Settings.parse(this.#read('settings') ?? {});
  }

  /** @throws {Refused} when the folder for clips cannot be used. */
  async change(change: SettingsChange): Promise<Settings> {
    if (change.clipsFolder) {
      const problem = await checkFolder(change.clipsFolder);
      if (problem !== null) throw new Refused({ reason: 'folder', path: change.clipsFolder, problem });
    }
    const settings = Settings.parse({ ...this.settings(), ...change });
    this.#write('settings', settings);
    return settings;
  }

  /** Null while it goes. */
  get queuePause(): QueuePause | null {
    const read = Pause.parse(this.#read('queue-paused'));
    if (typeof read === 'object') return read;
    return read ? { because: null } : null;
  }

  set queuePause(pause: QueuePause | null) {
    this.#write('queue-paused', pause ?? false);
  }

  get queuePaused(): boolean {
    return this.queuePause !== null;
  }

  /** When the paused queue goes on (ms since 1970). */
  get queueStartAt(): number | null {
    return z.int().nullable().catch(null).parse(this.#read('queue-start-at'));
  }

  set queueStartAt(at: number | null) {
    this.#write('queue-start-at', at);
  }

  /** Which clip the queue pauses after, and since when (ms since 1970) that is wanted. */
  get pauseAfter(): { job: string; at: number } | null {
    return z.object({ job: z.string(), at: z.int() }).nullable().catch(null).parse(this.#read('pause-after'));
  }

  set pauseAfter(asked: { job: string; at: number } | null) {
    this.#write('pause-after', asked);
  }

  #read(name: string): unknown {
    const row: unknown = this.#store.prepare('SELECT value FROM remembered WHERE name = ?').get(name);
    return row === undefined ? null : JSON.parse((row as { value: string }).value);
  }

  #write(name: string, value: unknown): void {
    this.#store
      .prepare(
        'INSERT INTO remembered (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value',
      )
      .run(name, JSON.stringify(value));
  }
}

/** Whether clips can be written there. Permissions say little on network drives and on Windows: a real file proves it. */
export async function checkFolder(folder: string): Promise<FolderProblem | null> {
  if (!isAbsolute(folder)) return 'relative';
  const info = await stat(folder).catch(() => null);
  if (info === null) return 'missing';
  if (!info.isDirectory()) return 'not-a-folder';
  // One name, so that what a killed studio left goes with the next trial.
  const trial = join(folder, '.reelwright-trial.tmp');
  try {
    await rm(trial, { force: true });
    await (await open(trial, 'wx')).close();
    return null;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // Somebody else tries the same just now.
    if (code === 'EEXIST') return null;
    return code === 'ENOSPC' ? 'full' : 'not-writable';
  } finally {
    await rm(trial, { force: true }).catch(() => {});
  }
}

import { mkdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { TaskResult } from '../../../contract/libraryTask.ts';
import type { Exporter } from './exporter.ts';
import type { Library } from './library.ts';
import { clipFilesIn, hashOf, idOfBytes, readClip, trashesIn, type Wanted } from './reading.ts';
import type { Entry } from './rows.ts';
import { type Progress, TaskFailed } from './tasks.ts';

export interface Taking {
  library: Library;
  open: () => Promise<Exporter>;
  progress: Progress;
  signal: AbortSignal;
}

type Imported = Extract<TaskResult, { kind: 'import' }>;

/**
 * Takes clips in where they lie. What is in the library already is passed over, unless its own file is gone: then it
 * is found again. `plain` takes videos that say nothing of how they were made, too.
 */
export async function importFolder(folder: string, plain: boolean, taking: Taking): Promise<Imported> {
  const files = await clipFilesIn(folder, taking.signal);
  return takeIn(files, plain ? 'every' : 'told', taking);
}

/** Reads the studio's own clips anew, and what lies in their trash. What people said of them is not in the files. */
export async function rebuild(folders: readonly string[], taking: Taking): Promise<Imported> {
  const files: string[] = [];
  const trashed: string[] = [];
  for (const folder of new Set(folders)) {
    if (!(await stat(folder).catch(() => null))?.isDirectory()) continue;
    files.push(...(await clipFilesIn(folder, taking.signal)));
    trashed.push(...(await trashesIn(folder)));
  }
  const there = await takeIn([...new Set(files)], 'own', taking);
  const gone = await takeIn([...new Set(trashed)], 'own', taking, true);
  return { kind: 'import', added: there.added + gone.added, known: there.known + gone.known, skipped: there.skipped };
}

async function takeIn(
  files: readonly string[],
  wanted: Wanted,
  { library, open, progress, signal }: Taking,
  trashed = false,
): Promise<Imported> {
  const count: Imported = { kind: 'import', added: 0, known: 0, skipped: 0 };
  const decoder = new Decoder(open);
  const { tell, flush } = library.gathering();
  try {
    for (const [at, file] of files.entries()) {
      signal.throwIfAborted();
      progress(at, files.length);
      if (library.hasFile(file)) {
        count.known += 1;
        continue;
      }
      const describe = (path: string) => decoder.ask((exporter) => exporter.describe(path, signal));
      const read = await readClip(file, wanted, describe, signal).catch((error: unknown) => {
        signal.throwIfAborted();
        // It went away, may not be read, or is more than the decoder stands.
        if ((error as { code?: unknown }).code === undefined && !(error instanceof Killed)) throw error;
        return null;
      });
      if (read === null) {
        count.skipped += 1;
        continue;
      }
      const entry = await asItsOwn(library, read, signal);
      if (await isThere(library, entry, signal)) {
        count.known += 1;
        continue;
      }
      if (trashed) library.enterTrashed(entry, join(dirname(dirname(file)), basename(file)), tell);
      else library.enter([entry], tell);
      count.added += 1;
      await givePoster(library, entry, decoder, signal);
    }
    progress(files.length, files.length);
    return count;
  } finally {
    flush();
    await decoder.close();
  }
}

/** The file that was asked about has ended the exporter. */
class Killed extends Error {}

const mostKilledInARow = 5;

/** An exporter that is started when it is needed, and anew after a file has ended it. */
class Decoder {
  readonly #open: () => Promise<Exporter>;
  #exporter: Exporter | null = null;
  #killed = 0;

  constructor(open: () => Promise<Exporter>) {
    this.#open = open;
  }

  /** @throws {Killed} when only this file did not go. */
  async ask<T>(question: (exporter: Exporter) => Promise<T>): Promise<T> {
    const exporter = this.#exporter ?? (await this.#open());
    this.#exporter = exporter;
    try {
      const answer = await question(exporter);
      this.#killed = 0;
      return answer;
    } catch (error) {
      if (!(error instanceof TaskFailed) || error.problem !== 'internal') throw error;
      await this.close();
      this.#killed += 1;
      // It is not the files, then.
      if (this.#killed >= mostKilledInARow) throw error;
      throw new Killed(error.message);
    }
  }

  async close(): Promise<void> {
    const exporter = this.#exporter;
    this.#exporter = null;
    await exporter?.close();
  }
}

/**
 * Ids are in every clip that was shared: under that of another clip it is not taken in. What a copy does not say of
 * itself, the library keeps.
 */
async function asItsOwn(library: Library, entry: Entry, signal: AbortSignal): Promise<Entry> {
  if (!library.has(entry.id)) return entry;
  const known = await library.get(entry.id);
  const saysNothing = entry.unknown.includes('prompt');
  const [one, two] = [entry.settings, known.settings];
  const same =
    (['seed', 'width', 'height', 'frames', 'fps'] as const).every((name) => one[name] === two[name]) &&
    (saysNothing || known.unknown.includes('prompt') || one.prompt === two.prompt);
  if (!same) return { ...entry, id: await idOfBytes(entry.file, signal) };
  if (!saysNothing) return entry;
  const { model, settings, unknown, maker } = known;
  return { ...entry, model, settings, unknown, maker };
}

/** The same clip under its id or with its bytes, whose file is still there. */
async function isThere(library: Library, entry: Entry, signal: AbortSignal): Promise<boolean> {
  if (library.has(entry.id) && (await exists(library.fileOf(entry.id)))) return true;
  for (const other of library.filesOfSize(entry.bytes)) {
    if (!(await exists(other))) continue;
    const [one, two] = await Promise.all([hashOf(entry.file, signal), hashOf(other, signal)]);
    if (one === two) return true;
  }
  return false;
}

/** Without one the card shows that there is none: no clip is left out for it. */
async function givePoster(library: Library, entry: Entry, decoder: Decoder, signal: AbortSignal): Promise<void> {
  const out = library.posterOf(entry.id);
  if (await exists(out)) return;
  try {
    await mkdir(dirname(out), { recursive: true });
    await decoder.ask((exporter) => exporter.still({ source: entry.file, out, which: 'poster' }, signal));
  } catch (error) {
    signal.throwIfAborted();
    const passedOver = error instanceof Killed || (error instanceof TaskFailed && error.problem === 'engine-missing');
    if (!passedOver && (error as { code?: unknown }).code === undefined) throw error;
  }
}

const exists = async (file: string): Promise<boolean> => (await stat(file).catch(() => null))?.isFile() ?? false;

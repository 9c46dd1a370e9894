import { mkdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { TaskResult } from '../../../contract/libraryTask.ts';
import type { Exporter } from './exporter.ts';
import type { Library } from './library.ts';
import { clipFilesIn, hashOf, type ReadClip, readClip, trashesIn } from './reading.ts';
import type { Entry } from './rows.ts';
import type { Progress } from './tasks.ts';

export interface Taking {
  library: Library;
  open: () => Exporter;
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
  return takeIn(files, (read) => read.kind === 'made' || (read.kind === 'other' && (read.words || plain)), taking);
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
  const made = (read: ReadClip) => read.kind === 'made';
  const there = await takeIn([...new Set(files)], made, taking);
  const gone = await takeIn([...new Set(trashed)], made, taking, true);
  return { kind: 'import', added: there.added + gone.added, known: there.known + gone.known, skipped: there.skipped };
}

async function takeIn(
  files: readonly string[],
  wanted: (read: ReadClip) => boolean,
  { library, open, progress, signal }: Taking,
  trashed = false,
): Promise<Imported> {
  const count: Imported = { kind: 'import', added: 0, known: 0, skipped: 0 };
  // Started when it is needed: clips with a record are read without it, but for a still that is missing.
  let exporter: Exporter | null = null;
  const own = () => {
    exporter ??= open();
    return exporter;
  };
  try {
    for (const [at, file] of files.entries()) {
      signal.throwIfAborted();
      progress(at, files.length);
      if (library.hasFile(file)) {
        count.known += 1;
        continue;
      }
      const read = await readClip(file, (path) => own().describe(path, signal), signal).catch((error: unknown) => {
        signal.throwIfAborted();
        // It went away, or may not be read.
        if ((error as { code?: unknown }).code === undefined) throw error;
        return { kind: 'none' } as const;
      });
      if (read.kind === 'none' || !wanted(read)) {
        count.skipped += 1;
        continue;
      }
      if (await isThere(library, read.entry, signal)) {
        count.known += 1;
        continue;
      }
      if (trashed) library.enterTrashed(read.entry, join(dirname(dirname(file)), basename(file)));
      else library.enter([read.entry]);
      count.added += 1;
      await givePoster(library, read.entry, own, signal);
    }
    progress(files.length, files.length);
    return count;
  } finally {
    await (exporter as Exporter | null)?.close();
  }
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

async function givePoster(
  library: Library,
  entry: Entry,
  exporter: () => Exporter,
  signal: AbortSignal,
): Promise<void> {
  const poster = library.posterOf(entry.id);
  if (await exists(poster)) return;
  await mkdir(dirname(poster), { recursive: true });
  // Without one the card shows that there is none.
  await exporter().still({ source: entry.file, out: poster, which: 'poster' }, signal);
}

const exists = async (file: string): Promise<boolean> => (await stat(file).catch(() => null))?.isFile() ?? false;

import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rm, stat } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join } from 'node:path';
import type { Picture } from '../../../contract/draft.ts';
import type { ClipExport, LibraryTask } from '../../../contract/libraryTask.ts';
import { Refused } from '../refused.ts';
import { checkFolder } from '../settings/index.ts';
import type { Studio } from '../studio.ts';
import { exportClip, exportName } from './exporting.ts';
import { importFolder, rebuild } from './importing.ts';
import { stopping, TaskFailed, Tasks, type Work } from './tasks.ts';

/** What takes a while in the library of an open studio. */
export class LibraryWork {
  readonly tasks = new Tasks();
  readonly #studio: Studio;
  /** What is kept for downloads, a folder each. */
  readonly #exports: string;
  readonly #moved: () => void;

  /** `moved` hears that the folder for new clips may be another one, and that of those that wait. */
  constructor(studio: Studio, moved: () => void) {
    this.#studio = studio;
    this.#exports = join(studio.paths.home, 'exports');
    this.#moved = moved;
  }

  /** What an earlier studio left: downloads that nobody fetched, a move that was cut off. */
  async takeUp(): Promise<void> {
    await rm(this.#exports, { recursive: true, force: true }).catch(() => {});
    const unfinished = this.#studio.library.mover.unfinished();
    if (unfinished !== null) this.#move(unfinished);
  }

  /** @throws {Refused} */
  async export({ id, folder, ...wanted }: ClipExport): Promise<LibraryTask> {
    const clip = await this.#present(id);
    if (folder !== null) await requireFolder(folder);
    const name = exportName(clip, wanted.format);
    const work: Work = async (progress, signal, task) => {
      const kept = folder ?? join(this.#exports, task);
      const out = join(kept, name);
      try {
        if (folder === null) await mkdir(kept, { recursive: true });
        const bytes = await exportClip(clip, out, wanted, this.#studio.openExporter, progress, signal);
        return { kind: 'export', place: folder === null ? null : out, name, bytes };
      } catch (error) {
        if (folder === null) await rm(kept, { recursive: true, force: true }).catch(() => {});
        throw error;
      }
    };
    return this.tasks.start('export', name, work, wanted.format !== null);
  }

  /** A finished export that waits for its download; null for any other. */
  download(task: string): string | null {
    const found = this.tasks.list().find(({ id }) => id === task)?.state;
    if (found?.kind !== 'done' || found.result.kind !== 'export' || found.result.place !== null) return null;
    return join(this.#exports, task, found.result.name);
  }

  async forget(task: string): Promise<void> {
    const kept = this.download(task);
    this.tasks.forget(task);
    if (kept !== null) await rm(dirname(kept), { recursive: true, force: true }).catch(() => {});
  }

  /** @throws {Refused} */
  async import(folder: string, plain: boolean): Promise<LibraryTask> {
    await requireFolder(folder, false);
    return this.tasks.start('import', basename(folder) || folder, (progress, signal) =>
      importFolder(folder, plain, this.#taking(progress, signal)),
    );
  }

  rebuild(): LibraryTask {
    const { library, paths } = this.#studio;
    const folders = [this.#clipsFolder(), paths.clips, ...library.folders()];
    return this.tasks.start('rebuild', basename(this.#clipsFolder()), (progress, signal) =>
      rebuild(folders, this.#taking(progress, signal)),
    );
  }

  /** @throws {Refused} */
  async move(folder: string): Promise<LibraryTask> {
    await requireFolder(folder);
    const busy = this.tasks.list().some(({ kind, state }) => kind === 'move' && state.kind === 'running');
    if (busy) throw new Refused({ reason: 'clip', problem: 'in-use' });
    return this.#move({ from: this.#clipsFolder(), to: folder });
  }

  /** @throws {Refused} */
  async lastFrame(id: string): Promise<Picture> {
    const clip = await this.#present(id);
    await mkdir(this.#exports, { recursive: true });
    const exporter = await this.#studio.openExporter();
    const still = join(this.#exports, `${randomUUID()}.png`);
    try {
      const order = { source: clip, out: still, which: 'last' } as const;
      const outcome = await exporter.still(order, new AbortController().signal);
      if (outcome.kind !== 'done') throw new Refused({ reason: 'picture', problem: 'not-a-picture' });
      return await this.#studio.pictures.add(await readFile(still));
    } finally {
      await exporter.close();
      await rm(still, { force: true }).catch(() => {});
    }
  }

  stop(): Promise<void> {
    return this.tasks.stop();
  }

  #move(folders: { from: string; to: string }): LibraryTask {
    return this.tasks.start('move', folders.to, async (progress, signal) => {
      try {
        return await this.#studio.library.mover.move(folders, progress, signal);
      } catch (error) {
        throw signal.reason === stopping ? new TaskFailed('interrupted', folders.to) : error;
      } finally {
        // Also one that was cut off may have come to the switch.
        this.#moved();
      }
    });
  }

  #taking(progress: (done: number, of: number) => void, signal: AbortSignal) {
    const { library, openExporter } = this.#studio;
    return { library, open: openExporter, progress, signal };
  }

  #clipsFolder(): string {
    return this.#studio.remembered.settings().clipsFolder ?? this.#studio.paths.clips;
  }

  /** The clip's file. @throws {Refused} when it is not there. */
  async #present(id: string): Promise<string> {
    const file = this.#studio.library.fileOf(id);
    if (!(await stat(file).catch(() => null))?.isFile()) throw new Refused({ reason: 'clip', problem: 'file-gone' });
    return file;
  }
}

/** @throws {Refused} */
async function requireFolder(folder: string, toWrite = true): Promise<void> {
  const refuse = (problem: 'relative' | 'missing' | 'not-a-folder') =>
    new Refused({ reason: 'folder', path: folder, problem });
  if (!isAbsolute(folder)) throw refuse('relative');
  if (!toWrite) {
    const info = await stat(folder).catch(() => null);
    if (info === null) throw refuse('missing');
    if (!info.isDirectory()) throw refuse('not-a-folder');
    return;
  }
  const problem = await checkFolder(folder);
  if (problem !== null) throw new Refused({ reason: 'folder', path: folder, problem });
}

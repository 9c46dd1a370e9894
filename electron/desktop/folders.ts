import { join } from 'node:path';
import { app } from 'electron';

declare const __VERSION__: string;

/** Written in by the build: from source, Electron would answer with its own. */
export const version = __VERSION__;

/** Where the built main process lies. */
const built = import.meta.dirname;

/** What the program brings along: models, the worker's source. */
export function programFolders(): { resources: string; sidecar: string } {
  const root = app.isPackaged ? process.resourcesPath : join(built, '..', '..');
  return { resources: join(root, 'resources'), sidecar: join(root, 'python-sidecar') };
}

export const rendererFolder = join(built, '..', 'renderer');

/** A thread is started from a real file, not from one inside the archive. */
export const telemetryThread = join(built.replace('app.asar', 'app.asar.unpacked'), 'telemetryWorker.cjs');

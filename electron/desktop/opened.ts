import { open } from 'node:fs/promises';
import { resolve } from 'node:path';
import { app } from 'electron';
import { presetLimits } from '../../contract/preset.ts';
import type { HostLog } from '../site/index.ts';
import { filesIn, linkIn, readLink } from './links.ts';

/** What other programs open with the studio. */
type Opened = { kind: 'link'; text: string } | { kind: 'file'; file: string } | { kind: 'start' };

export interface OpenedActions {
  /** Shows something that came in, to be looked at. */
  handIn(what: Uint8Array | string): Promise<void>;
  show(): void;
  log: HostLog;
}

/** Listens from the first moment, as macOS tells of files before the app is ready; what comes early waits. */
export function listenForOpened(): (actions: OpenedActions) => void {
  const early: Opened[] = openedBy(process.argv, process.cwd());
  let take = (opened: Opened): void => void early.push(opened);
  app.on('open-url', (_, text) => take({ kind: 'link', text }));
  app.on('open-file', (event, file) => {
    event.preventDefault();
    take({ kind: 'file', file });
  });
  app.on('second-instance', (_, args, folder) => {
    for (const opened of openedBy(args, folder)) take(opened);
  });
  return (actions) => {
    // One after the other, in the order in which they were opened.
    let last = Promise.resolve();
    take = (opened) => {
      last = last.then(() => follow(opened, actions)).catch((error: unknown) => actions.log.failed('opening', error));
    };
    for (const opened of early.splice(0)) take(opened);
  };
}

function openedBy(args: readonly string[], folder: string): Opened[] {
  const link = linkIn(args);
  const files = filesIn(args).map((file) => ({ kind: 'file', file: resolve(folder, file) }) as const);
  return [link === null ? { kind: 'start' } : { kind: 'link', text: link }, ...files];
}

async function follow(opened: Opened, { handIn, show, log }: OpenedActions): Promise<void> {
  if (opened.kind === 'file') {
    const bytes = await readPresetFile(opened.file).catch((error: unknown) => {
      log.failed(`reading ${opened.file}`, error);
      return null;
    });
    if (bytes) await handIn(bytes);
  }
  if (opened.kind === 'link') {
    const link = readLink(opened.text);
    if (link.kind === 'refused') log.refused('a link', link.why);
    if (link.kind === 'preset') await handIn(link.text);
  }
  show();
}

/** One that is larger than any pack is cut there, and then refused. */
async function readPresetFile(file: string): Promise<Uint8Array> {
  const handle = await open(file, 'r');
  try {
    const buffer = new Uint8Array(presetLimits.packBytes + 1);
    let size = 0;
    while (size < buffer.length) {
      const { bytesRead } = await handle.read(buffer, size, buffer.length - size);
      if (bytesRead === 0) break;
      size += bytesRead;
    }
    return buffer.slice(0, size);
  } finally {
    await handle.close();
  }
}

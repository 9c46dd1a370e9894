import { createHash } from 'node:crypto';
import { rm, stat } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import type { ExportFormat } from '../../../contract/exporter.ts';
import type { ClipExport, KeptSettings } from '../../../contract/libraryTask.ts';
import { asciiJson, receiveFile, shareCopy, withoutWords } from '../sharing/index.ts';
import type { Exporter } from './exporter.ts';
import { type Progress, TaskFailed } from './tasks.ts';

/** What the file is called beside its kind. */
export function exportName(clip: string, format: ExportFormat | null): string {
  const name = basename(clip, extname(clip));
  if (format === null) return `${name}${extname(clip)}`;
  if (format.kind === 'frames') return format.zip ? `${name}-frames.zip` : `${name}-frames`;
  return `${name}.${format.kind}`;
}

/** Writes a clip to `out`, which nothing may have as its name; its bytes. @throws {TaskFailed} */
export function exportClip(
  clip: string,
  out: string,
  { format, settings }: Pick<ClipExport, 'format' | 'settings'>,
  open: () => Promise<Exporter>,
  progress: Progress,
  signal: AbortSignal,
): Promise<number> {
  if (format === null) return copied(clip, out, settings, signal);
  return encoded(clip, out, format, settings, open, progress, signal);
}

async function copied(clip: string, out: string, settings: KeptSettings, signal: AbortSignal): Promise<number> {
  const keep = { keepSettings: settings !== 'none', keepPrompt: settings === 'all', overwrite: false };
  const shared = await shareCopy(clip, out, keep);
  if (shared.kind === 'refused') throw new TaskFailed('unreadable', shared.problem.problem);
  if (signal.aborted) {
    await rm(out, { force: true });
    signal.throwIfAborted();
  }
  return (await stat(out)).size;
}

async function encoded(
  clip: string,
  out: string,
  format: ExportFormat,
  settings: KeptSettings,
  open: () => Promise<Exporter>,
  progress: Progress,
  signal: AbortSignal,
): Promise<number> {
  const exporter = await open();
  try {
    const comment = settings === 'none' ? null : await commentOf(clip, settings);
    const outcome = await exporter.export({ source: clip, out, format, comment }, progress, signal);
    if (outcome.kind === 'failed') throw new TaskFailed(outcome.problem, outcome.detail);
    if (outcome.kind === 'cancelled') throw signal.reason;
    return outcome.bytes;
  } finally {
    await exporter.close();
    // Left only where it had to be killed.
    await rm(temporaryOf(out), { recursive: true, force: true }).catch(() => {});
  }
}

/** Where the exporter writes before it is whole. */
function temporaryOf(out: string): string {
  const hash = createHash('sha256').update(out).digest('hex').slice(0, 16);
  return join(dirname(out), `.reelwright-${hash}.export`);
}

/** The clip's own record as text; null for one without. */
async function commentOf(clip: string, settings: 'all' | 'without-words'): Promise<string | null> {
  const received = await receiveFile(clip);
  if (received.kind !== 'clip') return null;
  const { record } = received;
  return asciiJson(settings === 'all' ? record : { ...record, preset: withoutWords(record.preset) });
}

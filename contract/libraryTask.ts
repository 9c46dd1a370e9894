import { z } from 'zod';
import { ExportFormat, ExportProblem } from './exporter.ts';
import { named } from './named.ts';

/** What an exported clip says of how it was made: all, all but its maker's words, or nothing. */
export const KeptSettings = z.enum(['all', 'without-words', 'none']);
export type KeptSettings = z.infer<typeof KeptSettings>;

export const ClipExport = named('ClipExport', {
  id: z.string().min(1).max(64),
  /** Null for a copy of the file as it is. */
  format: ExportFormat.nullable(),
  settings: KeptSettings,
  /** Absolute folder to put it into; null to keep it for a download. */
  folder: z.string().min(1).max(4096).nullable(),
});
export type ClipExport = z.infer<typeof ClipExport>;

export const TaskProblem = z.enum([
  ...ExportProblem.options,
  'engine-missing',
  'folder-missing',
  /** A copy is not what was copied: the disk, the cable or the memory is at fault. */
  'not-the-same',
  'inside-itself',
  'interrupted',
]);
export type TaskProblem = z.infer<typeof TaskProblem>;

export const TaskResult = z.discriminatedUnion('kind', [
  named('ExportResult', {
    kind: z.literal('export'),
    /** The file or folder; null while it waits for its download. */
    place: z.string().nullable(),
    name: z.string(),
    bytes: z.int(),
  }),
  named('MoveResult', { kind: z.literal('move'), files: z.int(), bytes: z.int(), left: z.int() }),
  /** Clips that are new, were there already, and files that are none that can be taken in. */
  named('ImportResult', { kind: z.literal('import'), added: z.int(), known: z.int(), skipped: z.int() }),
]);
export type TaskResult = z.infer<typeof TaskResult>;

export const TaskState = z.discriminatedUnion('kind', [
  /** `of` is 0 while nobody knows. */
  z.object({ kind: z.literal('running'), done: z.int().min(0), of: z.int().min(0) }),
  z.object({ kind: z.literal('done'), result: TaskResult }),
  z.object({ kind: z.literal('failed'), problem: TaskProblem, detail: z.string() }),
  z.object({ kind: z.literal('cancelled') }),
]);
export type TaskState = z.infer<typeof TaskState>;

/** Something in the library that takes a while: it goes on while one does something else. */
export const LibraryTask = named('LibraryTask', {
  id: z.string(),
  /** Counted in frames, bytes, files, files. */
  kind: z.enum(['export', 'move', 'import', 'rebuild']),
  /** A file's or folder's name. */
  title: z.string(),
  state: TaskState,
});
export type LibraryTask = z.infer<typeof LibraryTask>;

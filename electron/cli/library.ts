import { stat } from 'node:fs/promises';
import { type ExitCode, exitCodes } from '../../contract/command.ts';
import type { LibraryTask, TaskProblem, TaskResult } from '../../contract/libraryTask.ts';
import { exportClip, LibraryWork, TaskFailed, taskProblem } from '../studio/library/index.ts';
import { Refused } from '../studio/refused.ts';
import type { Studio } from '../studio/studio.ts';
import type { LibraryCommand } from './libraryArguments.ts';
import type { Output } from './output.ts';
import { refuse } from './render.ts';

export async function library(
  command: LibraryCommand,
  studio: Studio,
  output: Output,
  signal: AbortSignal,
): Promise<ExitCode> {
  if (command.action === 'export') return exportOne(command, studio, output, signal);
  const lock = studio.holdEngine();
  if (lock.kind === 'busy')
    return refuse(
      output,
      'busy',
      'The studio is open with this library. Do it there, or close it first.',
      exitCodes.notOnThisMachine,
    );
  const work = new LibraryWork(studio, () => {});
  try {
    const task = await begin(command, work);
    signal.addEventListener('abort', () => work.tasks.cancel(task.id), { once: true });
    return answer(await work.tasks.wait(task.id), output);
  } catch (error) {
    if (!(error instanceof Refused) || error.refusal.reason !== 'folder') throw error;
    const sentence = `${error.refusal.path} cannot be used: it is ${folderProblems[error.refusal.problem]}.`;
    return refuse(output, 'wrong-arguments', sentence, exitCodes.wrongArguments);
  } finally {
    lock.release();
  }
}

function begin(
  command: Exclude<LibraryCommand, { action: 'export' }>,
  work: LibraryWork,
): LibraryTask | Promise<LibraryTask> {
  switch (command.action) {
    case 'rebuild':
      return work.rebuild();
    case 'import':
      return work.import(command.folder, command.plain);
    case 'move':
      return work.move(command.folder);
  }
}

async function exportOne(
  { clip: wanted, out, format, settings }: Extract<LibraryCommand, { action: 'export' }>,
  studio: Studio,
  output: Output,
  signal: AbortSignal,
): Promise<ExitCode> {
  const clip = await fileOf(studio, wanted);
  if (clip === null)
    return refuse(
      output,
      'wrong-arguments',
      `There is no clip "${wanted.id}" in the library.`,
      exitCodes.wrongArguments,
    );
  try {
    const bytes = await exportClip(clip, out, { format, settings }, studio.openExporter, () => {}, signal);
    output.result(out, { file: out, bytes });
    return exitCodes.done;
  } catch (error) {
    if (signal.aborted) return cancelled(output);
    const problem = error instanceof TaskFailed ? error.problem : taskProblem(error);
    return refuse(output, problem, problems[problem], exitCodes.failed);
  }
}

async function fileOf(studio: Studio, { id, file }: { id: string; file: string }): Promise<string | null> {
  if (studio.library.has(id)) return studio.library.fileOf(id);
  return studio.library.hasFile(file) && (await stat(file).catch(() => null)) !== null ? file : null;
}

function answer(state: LibraryTask['state'], output: Output): ExitCode {
  if (state.kind === 'done') {
    output.result(resultText(state.result), state.result);
    return exitCodes.done;
  }
  if (state.kind !== 'failed') return cancelled(output);
  return refuse(output, state.problem, problems[state.problem], exitCodes.failed);
}

const cancelled = (output: Output): ExitCode =>
  refuse(output, 'cancelled', 'Cancelled. No clip is lost.', exitCodes.cancelled);

function resultText(result: TaskResult): string {
  switch (result.kind) {
    case 'import':
      return `New: ${result.added}. Known already: ${result.known}. Passed over: ${result.skipped}.`;
    case 'move': {
      const left = result.left > 0 ? ` ${result.left} old files could not be deleted and are still there.` : '';
      return `${result.files} files moved and compared.${left}`;
    }
    case 'export':
      return result.place ?? result.name;
  }
}

const problems: Record<TaskProblem, string> = {
  unreadable: 'The clip cannot be read: it is damaged or not what its name says.',
  exists: 'There is already something of that name, and nothing was replaced. Choose another name.',
  full: 'The disk is full. Make room or choose another folder; the clips are where they were.',
  'not-writable': 'The folder cannot be written to. Check its permissions, or choose another place.',
  internal: 'It did not work, and Reelwright has no name for the reason. The clips are where they were.',
  'engine-missing': 'The engine is not set up yet. "npm start -- doctor" sets it up.',
  'folder-missing': 'The folder is not there. Make it first, or choose another place.',
  'not-the-same':
    'A copy came out different from its clip: the disk or its cable may be faulty. The clips are where they were.',
  'inside-itself': 'One of the two folders lies in the other. Choose one outside of it.',
  interrupted: 'It was cut off, and goes on when it is asked for again.',
};

const folderProblems = {
  relative: 'not a full path',
  missing: 'not there',
  'not-a-folder': 'not a folder',
  'not-writable': 'not one that can be written to',
  full: 'on a full disk',
} as const;

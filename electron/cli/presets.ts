import { dirname } from 'node:path';
import { presetOfClip } from '../../contract/clipRecord.ts';
import type { ExitCode } from '../../contract/command.ts';
import { exitCodes } from '../../contract/command.ts';
import { presetLimits } from '../../contract/preset.ts';
import type { Received, ReceiveProblem } from '../../contract/received.ts';
import { encodeFile, encodeLink, receive, receiveFile, shareCopy, writeWhole } from '../studio/sharing/index.ts';
import type { Output } from './output.ts';
import type { PresetsCommand } from './presetsArguments.ts';
import { describeReceived, problemSentence } from './received.ts';
import { refuse } from './render.ts';

type Of<Action extends PresetsCommand['action']> = Extract<PresetsCommand, { action: Action }>;

/** Looks at presets and makes them, from files and links alone. */
export async function presets(command: PresetsCommand, output: Output): Promise<ExitCode> {
  try {
    switch (command.action) {
      case 'show':
        return await show(command, output);
      case 'export':
        return await exportPreset(command, output);
      case 'strip':
        return await strip(command, output);
    }
  } catch (error) {
    const sentence = fileSentence(error);
    if (sentence === null) throw error;
    return refuse(output, 'file', sentence, exitCodes.wrongArguments);
  }
}

async function show({ given }: Of<'show'>, output: Output): Promise<ExitCode> {
  const received = await (given.kind === 'file' ? receiveFile(given.path) : receive(given.line));
  if (received.kind === 'refused') return refuseReceived(output, received.problem);
  output.result(describeReceived(received), received);
  return exitCodes.done;
}

async function exportPreset({ clip, out, keepSeed, overwrite }: Of<'export'>, output: Output): Promise<ExitCode> {
  const received = await receiveFile(clip);
  if (received.kind === 'refused') return refuseReceived(output, received.problem);
  const document = documentOf(received, keepSeed);
  if (document === null) {
    const [word, sentence] =
      received.kind === 'pack'
        ? ['pack', `${clip} is a pack of several presets. Take one of them, or open the pack in Reelwright.`]
        : [
            'foreign',
            `${clip} carries settings of another program. "presets show" tells them; a preset needs a model of Reelwright.`,
          ];
    return refuse(output, word, sentence, exitCodes.failed);
  }
  if (out === null) {
    const link = encodeLink(document);
    if (link.kind === 'too-long') {
      const sentence = `The link would have ${link.characters} characters; chat programs take ${link.max}. Add --out preset.reelpreset and send the file.`;
      return refuse(output, 'too-long', sentence, exitCodes.failed);
    }
    output.result(link.line, { link: link.line });
    return exitCodes.done;
  }
  const bytes = encodeFile(document);
  if (bytes === null) return refuseReceived(output, { problem: 'limit', limit: 'bytes', max: presetLimits.bytes });
  await writeWhole(out, bytes, overwrite);
  output.result(out, { file: out });
  return exitCodes.done;
}

async function strip({ clip, out, keepSettings, overwrite }: Of<'strip'>, output: Output): Promise<ExitCode> {
  const shared = await shareCopy(clip, out, { keepSettings, keepPrompt: false, overwrite });
  if (shared.kind === 'refused') return refuseReceived(output, shared.problem);
  const { kind } = await receiveFile(out);
  const carries = kind === 'clip' || kind === 'preset' ? 'settings-without-words' : 'nothing';
  output.result(out, { file: out, carries });
  return exitCodes.done;
}

function documentOf(received: Exclude<Received, { kind: 'refused' }>, keepSeed: boolean) {
  if (received.kind === 'clip') return presetOfClip(received.record, keepSeed);
  return received.kind === 'preset' ? received.document : null;
}

const refuseReceived = (output: Output, problem: ReceiveProblem): ExitCode =>
  refuse(output, 'not-received', problemSentence(problem), exitCodes.failed);

export function fileSentence(error: unknown): string | null {
  if (!(error instanceof Error) || !('code' in error)) return null;
  const { path, dest } = error as NodeJS.ErrnoException & { dest?: string };
  switch (error.code) {
    case 'ENOENT':
      return dest === undefined
        ? `There is nothing at ${path}. Look at the name, and whether its folder is there.`
        : `The folder ${dirname(dest)} does not exist. Make it first, or choose another place.`;
    case 'EISDIR':
      return `${path ?? 'This'} is a folder. Name a file.`;
    case 'EEXIST':
      return `${dest ?? path} exists. Add --overwrite to replace it, or choose another name.`;
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return `${dest ?? path} cannot be opened or written. Check its permissions, or choose another place.`;
    case 'ENOSPC':
      return 'The disk is full. Make room, or choose another place.';
    default:
      return null;
  }
}

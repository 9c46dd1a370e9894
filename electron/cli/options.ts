import { isAbsolute, resolve } from 'node:path';
import { type ParseArgsConfig, parseArgs } from 'node:util';

/** A mistake in the command line, in one sentence. */
export class Wrong extends Error {}

export const text = { type: 'string' } as const;
export const flag = { type: 'boolean' } as const;
/** What every command takes. */
export const common = { json: flag, home: text, help: flag, version: flag };

export function read<Options extends NonNullable<ParseArgsConfig['options']>>(
  args: readonly string[],
  options: Options,
  positionals: boolean,
) {
  try {
    return parseArgs({ args: joinNegatives(args), options, allowPositionals: positionals, strict: true });
  } catch (error) {
    throw new Wrong(readable(error));
  }
}

/** `--steps -5` means the number -5, so that its answer can be about the number. */
function joinNegatives(args: readonly string[]): string[] {
  const joined: string[] = [];
  for (const arg of args) {
    const before = joined.at(-1);
    if (/^-\d/.test(arg) && before?.startsWith('--') && !before.includes('=')) joined.splice(-1, 1, `${before}=${arg}`);
    else joined.push(arg);
  }
  return joined;
}

/** Node's own words are for programmers. */
function readable(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const option = /'(-[^'\s<]*)/.exec(message)?.[1] ?? '';
  if (/Unknown option/.test(message)) return `There is no option ${option}. "npm start -- help" shows them all.`;
  if (/argument missing|ambiguous/.test(message)) return `${option.split(',').at(-1)?.trim()} needs a value after it.`;
  if (/does not take an argument/.test(message)) return `${option} takes no value.`;
  const stray = /Unexpected argument '([^']*)'/.exec(message)?.[1];
  if (stray !== undefined)
    return `"${stray}" stands alone. Put a text with spaces into quotes, and its option before it; after "npm start" comes "--" before all options.`;
  return message;
}

/** For a command that is several: which of them it can be. */
export const oneOfActions = (command: string, actions: string, given: readonly string[]): Wrong =>
  new Wrong(
    given.length === 0
      ? `"${command}" needs a word after it: ${actions}. "npm start -- help" says what they do.`
      : `"${command}" takes ${actions}; you gave "${given.join(' ')}".`,
  );

export function absolute(path: string, option: string, folder: string): string {
  if (path.trim() === '') throw new Wrong(`${option} needs the path of a file.`);
  if (path.includes('\0')) throw new Wrong(`${option} holds a character that no path can have.`);
  return isAbsolute(path) ? path : resolve(folder, path);
}

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ExitCode, exitCodes } from '../../contract/command.ts';
import { parseCommand } from './arguments.ts';
import { help } from './help.ts';
import { jsonOutput, type Output, textOutput } from './output.ts';

const root = join(import.meta.dirname, '..', '..');
const version = String((JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: unknown }).version);

// A reader that went away (a closed terminal, `| head`) must not take the render with it.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});

const write = (text: string) => void process.stdout.write(text);
const outputFor = (json: boolean): Output => (json ? jsonOutput(write) : textOutput(write, process.stderr));

/** Arguments in, one exit code out. */
export async function commandLine(args: readonly string[]): Promise<ExitCode> {
  const parsed = parseCommand(args, standingIn());
  // What needs no studio is answered before the studio is loaded.
  if (parsed.kind === 'wrong') {
    const { json, sentence } = parsed;
    outputFor(json).event({ type: 'error', job: null, cause: 'wrong-arguments', phase: null, sentence, failure: null });
    return exitCodes.wrongArguments;
  }
  const { command } = parsed;
  const output = outputFor(command.json);
  if (command.kind === 'help' || command.kind === 'version') {
    const text = command.kind === 'help' ? help : version;
    output.result(text, { [command.kind]: text });
    return exitCodes.done;
  }
  const { runCommand } = await import('./run.ts');
  return runCommand(command, { root, version }, output);
}

/** npm runs its scripts in the package's folder and says in INIT_CWD where the user stands. */
function standingIn(): string {
  const fromNpm = process.env['npm_lifecycle_event'] === 'start' ? process.env['INIT_CWD'] : undefined;
  return fromNpm ?? process.cwd();
}

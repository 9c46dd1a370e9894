/** The command line, with a worker that counts as hung after a silence that a test can wait for. */
import { parseCommand } from '../electron/cli/arguments.ts';
import { jsonOutput } from '../electron/cli/output.ts';
import { runCommand } from '../electron/cli/run.ts';
import { attentive, root } from './cli.ts';

const parsed = parseCommand(process.argv.slice(2), process.cwd());
if (parsed.kind === 'wrong') throw new Error(parsed.sentence);
const { command } = parsed;
const { silenceMs } = attentive;
if (command.kind === 'help' || command.kind === 'version') throw new Error('It is for commands that render.');
const output = jsonOutput((text) => void process.stdout.write(text));
process.exitCode = await runCommand(command, { root, version: '0.0.0', worker: { silenceMs } }, output);

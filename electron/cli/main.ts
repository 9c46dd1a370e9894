/** The command line: arguments in, one exit code out. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { fileURLToPath } from 'node:url';
import { type ExitCode, exitCodes } from '../../contract/command.ts';
import { dataPaths } from '../studio/storage/paths.ts';
import { openStudio, type Studio } from '../studio/studio.ts';
import { type Command, parseCommand } from './arguments.ts';
import { doctor } from './doctor.ts';
import { type Ask, generate } from './generate.ts';
import { help } from './help.ts';
import { jobs } from './jobs.ts';
import { models } from './models.ts';
import { jsonOutput, type Output, textOutput } from './output.ts';
import { refuse } from './render.ts';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const version = String((JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: unknown }).version);

const write = (text: string) => void process.stdout.write(text);
const outputFor = (json: boolean): Output => (json ? jsonOutput(write) : textOutput(write, process.stderr));

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<ExitCode> {
  const parsed = parseCommand(args, standingIn());
  if (parsed.kind === 'wrong') {
    return refuse(outputFor(parsed.json), 'wrong-arguments', parsed.sentence, exitCodes.wrongArguments);
  }
  const { command } = parsed;
  const output = outputFor(command.json);
  if (command.kind === 'help' || command.kind === 'version') {
    const text = command.kind === 'help' ? help : version;
    output.result(text, { [command.kind]: text });
    return exitCodes.done;
  }
  return withStudio(command, output);
}

async function withStudio(command: Exclude<Command, { kind: 'help' | 'version' }>, output: Output): Promise<ExitCode> {
  let studio: Studio;
  try {
    const program = { resources: join(root, 'resources'), sidecar: join(root, 'python-sidecar') };
    studio = openStudio({ paths: dataPaths(command.home ?? undefined), program });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return refuse(output, 'data-folder', `The data folder cannot be opened: ${reason}`, exitCodes.notOnThisMachine);
  }
  const cancel = cancelOnSignals();
  try {
    return await run(command, studio, output, cancel.signal);
  } catch (error) {
    const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return refuse(
      output,
      'internal',
      `Something went wrong that Reelwright has no name for. ${reason}`,
      exitCodes.failed,
    );
  } finally {
    cancel.stop();
    studio.dispose();
  }
}

function run(
  command: Exclude<Command, { kind: 'help' | 'version' }>,
  studio: Studio,
  output: Output,
  signal: AbortSignal,
): Promise<ExitCode> {
  switch (command.kind) {
    case 'generate':
      return generate(command, studio, output, askerFor(command.json), signal);
    case 'jobs':
      return jobs(command, studio, output, signal);
    case 'models':
      return models(studio, output);
    case 'doctor':
      return doctor(studio, version, output, signal);
  }
}

/** npm runs its scripts in the package's folder and says in INIT_CWD where the user stands. */
function standingIn(): string {
  const fromNpm = process.env['npm_lifecycle_event'] === 'start' ? process.env['INIT_CWD'] : undefined;
  return fromNpm ?? process.cwd();
}

/** The first Ctrl-C cancels and keeps what is done; the second ends at once. */
function cancelOnSignals(): { signal: AbortSignal; stop(): void } {
  const controller = new AbortController();
  const cancel = () => {
    if (controller.signal.aborted) process.exit(exitCodes.cancelled);
    controller.abort();
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const name of signals) process.on(name, cancel);
  return {
    signal: controller.signal,
    stop() {
      for (const name of signals) process.off(name, cancel);
    },
  };
}

function askerFor(json: boolean): Ask | null {
  if (json || !process.stdin.isTTY || !process.stderr.isTTY) return null;
  return async (question) => {
    const asked = createInterface({ input: process.stdin, output: process.stderr });
    try {
      return /^y(es)?$/i.test((await asked.question(`${question} [y/N] `)).trim());
    } finally {
      asked.close();
    }
  };
}

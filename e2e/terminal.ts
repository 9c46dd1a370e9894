import { join } from 'node:path';
import { execa } from 'execa';
import { dataPaths } from '../electron/studio/storage/paths.ts';
import { oneThread, root } from './cli.ts';
import { testPython } from './environment.ts';

const program = `
import json, os, pty, re, sys
question, answers, command = re.compile(sys.argv[1].encode()), json.loads(sys.argv[2]), sys.argv[3:]
shown = b""
def read(descriptor):
    global shown
    data = os.read(descriptor, 4096)
    shown += data
    if answers and question.search(shown):
        shown = b""
        os.write(descriptor, answers.pop(0).encode())
    return data
sys.exit(os.waitstatus_to_exitcode(pty.spawn(command, read, lambda descriptor: b"")))
`;

export interface Typed {
  home: string;
  /** As Python's `re` takes it. */
  question: string;
  /** What is typed, one each time that the question is asked. */
  answers: readonly string[];
  env?: Record<string, string>;
}

/** Runs the command line in a real terminal. */
export async function inTerminal(
  args: readonly string[],
  { home, question, answers, env = {} }: Typed,
): Promise<{ code: number | undefined; shown: string }> {
  const command = [process.execPath, join(root, 'electron/cli/main.ts'), ...args];
  const run = await execa(await testPython(), ['-c', program, question, JSON.stringify(answers), ...command], {
    reject: false,
    env: {
      ...{ REELWRIGHT_HOME: home, REELWRIGHT_ENVIRONMENT: dataPaths().environment, COLUMNS: '100' },
      ...oneThread,
      ...env,
    },
  });
  return { code: run.exitCode, shown: run.stdout };
}

// One of the project's own programs, in the environment it needs. Arguments are passed on.
import { join } from 'node:path';
import { execa } from 'execa';
import { root } from '../launch.mjs';
import { developmentPython } from './python.mjs';

const cannotBeDoneHere = 3;

const [task = '', ...args] = process.argv.slice(2);
const environment = await developmentPython();

if (environment === null) {
  process.exitCode = cannotBeDoneHere;
} else {
  const { python } = environment;
  const node = process.execPath;
  /** @type {Record<string, { cwd: string, command: string[] }>} */
  const tasks = {
    evaluate: { cwd: join(root, 'python-sidecar'), command: [python, '-m', 'training', 'evaluate'] },
    contract: { cwd: root, command: [node, join(root, 'scripts', 'contract.ts'), python] },
    manifest: { cwd: root, command: [node, join(root, 'scripts', 'manifest.ts')] },
    icons: { cwd: root, command: [node, join(root, 'scripts', 'icons.ts')] },
    bench: { cwd: root, command: [node, join(root, 'bench', 'main.ts')] },
    faults: { cwd: root, command: [node, join(root, 'e2e', 'faults', 'main.ts')] },
  };
  const chosen = tasks[task];
  if (chosen === undefined) throw new Error(`There is no task "${task}": ${Object.keys(tasks).join(', ')}.`);
  const [program = '', ...first] = chosen.command;
  const result = await execa(program, [...first, ...args], { cwd: chosen.cwd, stdio: 'inherit', reject: false });
  process.exitCode = result.exitCode ?? 130;
}

import { join } from 'node:path';
import { execa } from 'execa';
import { root } from '../launch.mjs';
import { developmentPython } from './python.mjs';

const cannotBeDoneHere = 3;

const environment = await developmentPython();
if (environment === null) {
  process.exitCode = cannotBeDoneHere;
} else {
  const args = ['-m', 'training', 'evaluate', ...process.argv.slice(2)];
  const cwd = join(root, 'python-sidecar');
  const { exitCode } = await execa(environment.python, args, { cwd, stdio: 'inherit', reject: false });
  process.exitCode = exitCode ?? 1;
}

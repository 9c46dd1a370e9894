import { expect, it } from 'vitest';
import { startPython } from './pythonProcess.ts';

/** Starts a program that holds its pipes for ten minutes, and is killed as by the system: it alone. */
const survived = `
  const { spawn } = require('node:child_process');
  const holder = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 600000)'], { stdio: 'inherit' });
  holder.once('spawn', () => process.stderr.write('The last words.', () => process.kill(process.pid, 'SIGKILL')));
`;

it('a process that is killed by itself has ended, whatever it started', async () => {
  const command = ['-e', survived];
  const child = startPython({ python: process.execPath, sidecar: '', module: '', command });
  const end = await child?.ended;
  expect(end?.code).not.toBe(0);
  expect(end?.lastWords).toBe('The last words.');
});

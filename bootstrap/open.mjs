// `npm start`: the studio's window; where there can be none, the same studio for a browser, and a sentence why.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { BuildError, ensureBuilt, main, page } from './build.mjs';
import { displayProblem } from './display.mjs';
import { ensureElectron, startProblem } from './electron.mjs';
import { root } from './launch.mjs';
import { forwarded } from './signals.mjs';

const cannotBeDoneHere = 3;

/** @param {string} line */
const say = (line) => void process.stderr.write(`${line}\n`);

try {
  await open();
} catch (error) {
  if (!(error instanceof BuildError)) throw error;
  say(error.message);
  process.exitCode = cannotBeDoneHere;
}

async function open() {
  await ensureBuilt(root, [page], say);
  const problem = displayProblem(process.platform, process.env);
  if (problem !== null) return serve(problem);
  const electron = await ensureElectron(root, say);
  if (electron.kind === 'missing') return serve(`Electron cannot be had (${electron.why})`);
  await ensureBuilt(root, [main], say);
  const end = await run(electron.program);
  if (end.kind === 'ended') process.exitCode = end.code;
  else await serve(`Electron cannot be started (${end.why})`);
}

/** @param {string} why */
async function serve(why) {
  say(`${why}, so the studio is served to a browser instead of a window.`);
  process.argv.push('serve');
  await import('../electron/cli/main.ts');
}

/**
 * @param {string} program
 * @returns {Promise<{ kind: 'ended', code: number } | { kind: 'not-started', why: string }>}
 */
function run(program) {
  return new Promise((resolve) => {
    const child = spawn(program, [join(root, 'dist', 'main', 'main.cjs')], { stdio: ['ignore', 'inherit', 'pipe'] });
    let said = '';
    child.stderr.on('data', (chunk) => (said = (said + chunk).slice(-4000)));
    // On Windows the console tells every program in it.
    if (process.platform !== 'win32') for (const signal of forwarded) process.on(signal, () => child.kill(signal));
    else for (const signal of forwarded) process.on(signal, () => {});
    child.once('error', (error) => resolve({ kind: 'not-started', why: error.message }));
    child.once('close', (code) => {
      const why = code === 0 ? null : startProblem(said);
      if (why !== null) return resolve({ kind: 'not-started', why });
      if (code !== 0) say(said.trim());
      resolve({ kind: 'ended', code: code ?? 1 });
    });
  });
}

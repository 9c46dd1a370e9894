// `npm run dev`: the window from source. The page is loaded again when it changes, the studio is started again when
// electron/ or contract/ change. With --web the studio is served to a browser.
import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'vite';
import { buildOptions, main, page } from './build.mjs';
import { displayProblem } from './display.mjs';
import { ensureElectron } from './electron.mjs';
import { root } from './launch.mjs';
import { forwarded } from './signals.mjs';

/** @param {string} line */
const say = (line) => void process.stderr.write(`${line}\n`);

const start = await chooseHost();
/** @type {import('node:child_process').ChildProcess | null} */
let running = null;
let wanted = false;

// What is built here is not what `npm start` takes for built.
for (const { name } of [page, main]) rmSync(join(root, 'dist', `${name}.built`), { force: true });
await watch(page, page.modes, () => running?.connected && running.send('reload'));
await watch(main, main.modes, restart);
restart();
for (const signal of forwarded) process.on(signal, () => running?.kill(signal));

/** @returns {Promise<{ program: string, args: string[] }>} */
async function chooseHost() {
  const web = { program: process.execPath, args: [join(root, 'electron', 'cli', 'main.ts'), 'serve'] };
  const problem = displayProblem(process.platform, process.env);
  if (process.argv.includes('--web')) return web;
  if (problem === null) {
    const electron = await ensureElectron(root, say);
    if (electron.kind === 'found')
      return { program: electron.program, args: [join(root, 'dist', main.name, main.proof)] };
    say(`Electron cannot be had (${electron.why}): the studio is served to a browser.`);
  } else say(`${problem}: the studio is served to a browser.`);
  return web;
}

/**
 * Builds once, and again with every change.
 * @param {import('./build.mjs').Part} part
 * @param {string[]} modes
 * @param {() => void} onRebuilt
 */
async function watch(part, modes, onRebuilt) {
  for (const mode of modes) {
    const options = buildOptions(root, part, mode, join(root, 'dist', part.name));
    const watcher = await build({ ...options, build: { ...options.build, watch: {} } });
    if (!('on' in watcher)) throw new Error('Vite does not watch.');
    await new Promise((resolve) => {
      let first = true;
      watcher.on('event', (event) => {
        if (event.code === 'ERROR') say(String(event.error.message));
        if (event.code === 'BUNDLE_END') void event.result.close();
        if (event.code !== 'END') return;
        if (first) resolve(undefined);
        else onRebuilt();
        first = false;
      });
    });
  }
}

/** Ends the studio as a person does, and starts it when it has gone. */
function restart() {
  if (running !== null) {
    wanted = true;
    running.kill('SIGTERM');
    return;
  }
  running = spawn(start.program, start.args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  running.once('exit', (code) => {
    running = null;
    if (wanted) {
      wanted = false;
      restart();
    } else process.exit(code ?? 0);
  });
}

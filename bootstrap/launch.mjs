// From whatever Node a computer has to the studio's own: set up, then run a program in this process,
// or, the first time, in the Node that has just been installed.
import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { distrustPackages, ensurePackages, SetUpError } from './packages.mjs';
import { isRunningIn, oldestSystemNode, studioNode } from './pinned-node.mjs';
import { forwarded, mergeRepeatedSignals } from './signals.mjs';

export const root = join(dirname(fileURLToPath(import.meta.url)), '..');

const cannotBeDoneHere = 3;

/**
 * @param {string} launcher the file that called: it is run again when another Node has to take over
 * @param {string} program path of the module to run, from the root of the clone
 */
export async function launch(launcher, program) {
  const args = process.argv.slice(2);
  try {
    refuseOldNode();
    await ensurePackages(root, say);
    const node = studioNode(root);
    if (node === undefined) throw noNode();
    if (!isRunningIn(node) && !wasHanded('handed')) return hand('handed', node, [fileURLToPath(launcher), ...args]);
  } catch (error) {
    if (!(error instanceof SetUpError)) throw error;
    return refuse(error, args);
  }
  mergeRepeatedSignals();
  await runHere(join(root, program), launcher, args);
}

/** True in the very process that was handed the rest, not in what it starts: never hand over twice. @param {string} why */
function wasHanded(why) {
  return process.env[handedBy(why)] === String(process.ppid);
}

/** @param {string} why */
function handedBy(why) {
  return `REELWRIGHT_${why.toUpperCase()}_BY`;
}

/** @param {string} line */
function say(line) {
  process.stderr.write(`${line}\n`);
}

/** @param {string} file @param {string} launcher @param {string[]} args */
async function runHere(file, launcher, args) {
  process.argv = [process.execPath, file, ...args];
  try {
    await import(pathToFileURL(file).href);
  } catch (error) {
    if (!isMissingPackage(error) || wasHanded('repaired')) throw error;
    say('A Node package is damaged. Installing them again.');
    distrustPackages(root);
    hand('repaired', process.execPath, [fileURLToPath(launcher), ...args]);
  }
}

/** @param {unknown} error */
function isMissingPackage(error) {
  const text = error instanceof Error ? `${error.message} ${error.stack}` : '';
  return /Cannot find (package|module)|ERR_INVALID_PACKAGE/.test(text) && text.includes('node_modules');
}

/**
 * Gives the rest to another Node and ends as it ends.
 * @param {'handed' | 'repaired'} why
 * @param {string} node
 * @param {string[]} args
 */
function hand(why, node, args) {
  const env = { ...process.env, [handedBy(why)]: String(process.pid) };
  const child = spawn(node, args, { stdio: 'inherit', env });
  // On Windows the console tells every program in it, and a signal sent by us would only kill.
  const pass = process.platform === 'win32' ? () => {} : (/** @type {NodeJS.Signals} */ signal) => child.kill(signal);
  for (const signal of forwarded) process.on(signal, pass);
  child.once('error', (error) => {
    say(`Node could not be started: ${error.message}`);
    process.exitCode = cannotBeDoneHere;
  });
  child.once('exit', (code, signal) => {
    for (const name of forwarded) process.off(name, pass);
    if (signal) process.kill(process.pid, signal);
    else process.exitCode = code ?? 1;
  });
}

function refuseOldNode() {
  if (Number(process.versions.node.split('.')[0]) >= oldestSystemNode) return;
  const sentence = `This computer's Node is ${process.versions.node}; the studio needs ${oldestSystemNode} or newer.`;
  throw new SetUpError('node-too-old', sentence, 'Install a current Node and start again.');
}

function noNode() {
  const sentence = `This computer's Node is ${process.versions.node}; here the studio needs 24.3 or newer.`;
  return new SetUpError('node-too-old', sentence, 'Install a current Node and start again.');
}

/** @param {SetUpError} error @param {string[]} args */
function refuse(error, args) {
  if (args.includes('--json')) {
    const line = { type: 'error', job: null, cause: error.cause, phase: null, sentence: error.message, failure: null };
    process.stdout.write(`${JSON.stringify(line)}\n`);
  } else {
    say(error.message);
  }
  process.exitCode = cannotBeDoneHere;
}

// Runs every stage even when one fails, and ends with one line: "N passed, N failed".
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { developmentPython } from './python.mjs';
import { stages } from './stages.mjs';

/** @typedef {import('./stages.mjs').Stage} Stage */

for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(130));

const began = Date.now();
const total = { passed: 0, failed: 0 };
/** What failed, said once more at the end: what was printed of it is far above by then. @type {string[]} */
const failures = [];

const environment = await developmentPython();
print(`set-up: ${seconds(began)}`);
if (environment === null) {
  total.failed += 1;
  failures.push('set-up');
} else {
  const scratch = mkdtempSync(join(tmpdir(), 'reelwright-test-'));
  process.once('exit', () => rmSync(scratch, { recursive: true, force: true, maxRetries: 3 }));
  const { checks, tests } = stages({ ...environment, scratch });
  await inTwos(checks, check);
  for (const [first, ...others] of tests) {
    // One of them speaks as it goes, the rest at their end.
    await Promise.all([test(first, 'inherit'), ...others.map((stage) => test(stage, 'pipe'))]);
  }
}
print(`all: ${seconds(began)}`);
for (const failure of failures) print(`failed: ${failure}`);
print(`${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed === 0 ? 0 : 1;

/** Quiet unless it fails. @param {Stage} stage */
async function check({ name, command, cwd, env }) {
  const started = Date.now();
  const [program = '', ...args] = command;
  const { exitCode, all } = await execa(program, args, {
    cwd,
    env,
    extendEnv: false,
    all: true,
    reject: false,
    stdin: 'ignore',
  });
  const good = exitCode === 0;
  total[good ? 'passed' : 'failed'] += 1;
  if (!good) failures.push(name);
  if (!good) print(all ?? `${program} could not be started.`);
  print(`${name}: ${good ? 'passed' : 'failed'}, ${seconds(started)}`);
}

/** @param {Stage} stage @param {'inherit' | 'pipe'} output */
async function test({ name, command, cwd, env, count }, output) {
  const started = Date.now();
  const [program = '', ...args] = command;
  const options = { cwd, env, extendEnv: false, reject: false, all: true };
  const { exitCode, all } = await execa(program, args, {
    ...options,
    stdin: 'ignore',
    stdout: output,
    stderr: output,
  });
  if (all) print(all);
  const result = read(count);
  // A run that failed without a failed test, or left no account, is itself one failure.
  if (exitCode !== 0 && result.failed === 0) result.failed = 1;
  if (result.failed > 0) failures.push(...(result.failures.length > 0 ? result.failures : [name]));
  total.passed += result.passed;
  total.failed += result.failed;
  print(`${name}: ${result.passed} passed, ${result.failed} failed, ${seconds(started)}`);
}

/** @param {Stage['count']} count */
function read(count) {
  try {
    return count?.() ?? { passed: 0, failed: 0, failures: [] };
  } catch {
    return { passed: 0, failed: 1, failures: [] };
  }
}

/**
 * Two at a time: the checks are short, and mostly of one thread each.
 * @param {Stage[]} list
 * @param {(stage: Stage) => Promise<void>} run
 */
async function inTwos(list, run) {
  const waiting = list.values();
  const worker = async () => {
    for (const stage of waiting) await run(stage);
  };
  await Promise.all([worker(), worker()]);
}

/** @param {string} line */
function print(line) {
  process.stdout.write(`${line}\n`);
}

/** @param {number} since */
function seconds(since) {
  return `${((Date.now() - since) / 1000).toFixed(1)} s`;
}

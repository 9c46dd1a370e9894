// One set-up at a time in one clone. A plain file, because nothing is installed yet. Its owner
// touches it while it works, so that the lock of a set-up that was killed is recognised.
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const heartbeat = 1_000;
const poll = 300;
/** Counted in our own polls, not by the clock: a computer that slept must not lose its lock. */
const abandonedAfterPolls = 50;

const released = 'released';

/**
 * Runs `work` while no other process runs it for the same file.
 * @template T
 * @param {string} file
 * @param {() => void} onWait called once, when another process is at it
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function alone(file, onWait, work) {
  mkdirSync(dirname(file), { recursive: true });
  let seen = '';
  let unchanged = 0;
  for (let refused = claim(file), first = true; refused !== null; refused = claim(file), first = false) {
    if (first) onWait();
    const held = inspect(file);
    unchanged = held.sign === seen ? unchanged + 1 : 0;
    seen = held.sign;
    // Nobody has it, and it cannot be had: the folder is not to be written to.
    if (held.sign === released && unchanged > abandonedAfterPolls) throw refused;
    if (held.ownerIsGone || unchanged > abandonedAfterPolls) discard(file, held.owner);
    else await sleep(poll);
  }
  const beat = setInterval(() => touch(file), heartbeat);
  const release = () => rmSync(file, { force: true });
  process.once('exit', release);
  try {
    return await work();
  } finally {
    clearInterval(beat);
    process.off('exit', release);
    release();
  }
}

/** @param {string} file @returns {Error | null} why it cannot be had just now; null when it is ours */
function claim(file) {
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx' });
    return null;
  } catch (error) {
    // Windows says EPERM while the file is being deleted.
    const passing = codeOf(error) === 'EEXIST' || (process.platform === 'win32' && codeOf(error) === 'EPERM');
    if (error instanceof Error && passing) return error;
    throw error;
  }
}

/** @param {string} file */
function inspect(file) {
  try {
    const owner = readFileSync(file, 'utf8');
    // Empty for a moment, between its creation and its first byte.
    return {
      owner,
      sign: `${owner} ${statSync(file).mtimeMs}`,
      ownerIsGone: owner !== '' && !isRunning(Number(owner)),
    };
  } catch {
    return { owner: '', sign: released, ownerIsGone: false };
  }
}

/**
 * Only one of several waiters wins the rename; one that was late and took a fresh lock puts it back.
 * @param {string} file
 * @param {string} owner
 */
function discard(file, owner) {
  const aside = `${file}.${process.pid}`;
  try {
    renameSync(file, aside);
    if (readFileSync(aside, 'utf8') === owner) rmSync(aside, { force: true });
    else renameSync(aside, file);
  } catch {
    // Another waiter was first.
  }
}

/** @param {string} file */
function touch(file) {
  try {
    const now = new Date();
    utimesSync(file, now, now);
  } catch {
    // One lost heartbeat is harmless.
  }
}

/** @param {number} pid */
function isRunning(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}

/** @param {unknown} error */
export function codeOf(error) {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined;
}

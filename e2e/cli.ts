import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { processes } from 'systeminformation';
import { CommandEvent } from '../contract/command.ts';
import { dataPaths } from '../electron/studio/storage/paths.ts';

export const root = join(import.meta.dirname, '..');

const sized = (width: number, height: number) => [
  ...['--width', String(width), '--height', String(height), '--frames', '17', '--steps', '8', '--seed', '11'],
];
/** Small enough for seconds, long enough to be cut in the middle. */
export const quick = sized(64, 48);
/** So large that to decode it in slabs takes less memory. */
export const slabbed = sized(96, 64);

/** Test files run side by side: workers that each want every core would only wait for each other. */
export const oneThread = { OMP_NUM_THREADS: '1' };

export interface Ended {
  code: number | null;
  signal: string | null;
  events: CommandEvent[];
  /** The same, with the time of each on the clock of `performance.now()`. */
  at: { event: CommandEvent; ms: number }[];
  last: CommandEvent | undefined;
  /** Standard output as it was. */
  text: string;
  stderr: string;
}

export interface Running {
  pid: number;
  ended: Promise<Ended>;
  kill(signal: NodeJS.Signals): void;
  /** Closes the other end of its standard output, as `| head` does. */
  stopListening(): void;
}

export interface RunOptions {
  home: string;
  env?: Record<string, string>;
  onEvent?: (event: CommandEvent, run: Running) => void;
  json?: boolean;
  /** What is run; the command line itself unless something else is named. */
  entry?: string;
}

/** After so long a silence a worker counts as hung for the entry that is attentive. */
export const attentive = { entry: fileURLToPath(new URL('./attentiveCli.ts', import.meta.url)), silenceMs: 6000 };

/** The real command line in a process of its own. Every line it prints must be of the contract. */
export function startCli(args: readonly string[], options: RunOptions): Running {
  const json = options.json ?? true;
  const child = execa(
    process.execPath,
    [options.entry ?? join(root, 'electron/cli/main.ts'), ...args, ...(json ? ['--json'] : [])],
    {
      cwd: options.home,
      stdin: 'ignore',
      reject: false,
      buffer: { stdout: true, stderr: true },
      env: {
        REELWRIGHT_HOME: options.home,
        REELWRIGHT_ENVIRONMENT: dataPaths().environment,
        ...oneThread,
        ...options.env,
      },
    },
  );
  const at: Ended['at'] = [];
  const isEvents = json && (args[0] === 'generate' || args[1] === 'resume');
  const lines = createInterface({ input: child.stdout });
  const read = new Promise<void>((resolve) => lines.on('close', () => resolve()));
  const running: Running = {
    pid: child.pid ?? 0,
    kill: (signal) => void child.kill(signal),
    stopListening() {
      lines.close();
      child.stdout.destroy();
    },
    ended: Promise.all([child, read]).then(([result]) => ({
      code: result.exitCode ?? null,
      signal: result.signal ?? null,
      events: at.map(({ event }) => event),
      at,
      last: at.at(-1)?.event,
      text: result.stdout,
      stderr: result.stderr,
    })),
  };
  lines.on('line', (line) => {
    if (!isEvents) return;
    const event = CommandEvent.parse(JSON.parse(line));
    at.push({ event, ms: performance.now() });
    options.onEvent?.(event, running);
  });
  return running;
}

export const cli = (args: readonly string[], options: RunOptions): Promise<Ended> => startCli(args, options).ended;

/** The workers that a process has started, at once (Linux). */
export function workersNow(pid: number): number[] {
  const children = textOf(`/proc/${pid}/task/${pid}/children`).split(' ').filter(Boolean).map(Number);
  return children.filter((child) => /python/i.test(textOf(`/proc/${child}/comm`)));
}

/** The same on every system. */
export async function workersOf(pid: number): Promise<number[]> {
  if (process.platform === 'linux') return workersNow(pid);
  const { list } = await processes();
  return list
    .filter((process) => process.parentPid === pid && /python/i.test(process.name))
    .map((process) => process.pid);
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return process.platform !== 'linux' || !isZombie(pid);
  } catch {
    return false;
  }
}

/** Empty when it is gone. */
export function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

/** Ended, and only waiting for whoever inherited it to take note. */
const isZombie = (pid: number) => /^\d+ \(.*\) Z/s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));

/** Waits until something is so; throws after the deadline. */
export async function until(what: string, isSo: () => boolean | Promise<boolean>, deadlineMs: number): Promise<number> {
  const begun = performance.now();
  for (;;) {
    if (await isSo()) return performance.now() - begun;
    if (performance.now() - begun > deadlineMs) throw new Error(`${what}: not within ${deadlineMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

import { execa } from 'execa';
import { processTree } from '../sidecar/processTree.ts';

export interface Ended {
  /** Null when it could not be started, or was ended by a signal. */
  code: number | null;
  stdout: string;
  /** Both streams in the order they came, for the log. */
  all: string;
}

export interface RunOptions {
  env: NodeJS.ProcessEnv;
  cwd?: string;
  signal?: AbortSignal | undefined;
  timeout?: number;
}

/** Runs a program to its end. Aborting ends it with everything it started, and throws the signal's reason. */
export async function runProgram(command: string, args: readonly string[], options: RunOptions): Promise<Ended> {
  options.signal?.throwIfAborted();
  const child = execa(command, args, {
    env: options.env,
    extendEnv: false,
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    stdin: 'ignore',
    all: true,
    reject: false,
    // Its own process group, so that ending it ends what it started.
    detached: process.platform !== 'win32',
    windowsHide: true,
  });
  const { pid } = child;
  const tree = pid === undefined ? null : processTree(pid);
  const end = () => tree?.kill();
  const timer = options.timeout === undefined ? undefined : setTimeout(end, options.timeout);
  options.signal?.addEventListener('abort', end, { once: true });
  process.once('exit', end);
  try {
    const { exitCode, stdout, all } = await child;
    options.signal?.throwIfAborted();
    return { code: exitCode ?? null, stdout, all };
  } finally {
    clearTimeout(timer);
    options.signal?.removeEventListener('abort', end);
    process.off('exit', end);
  }
}

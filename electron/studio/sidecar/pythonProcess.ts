import { execa } from 'execa';
import {
  createMessageConnection,
  type MessageConnection,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-jsonrpc/node';
import { processTree } from './processTree.ts';
import { Tail } from './tail.ts';

export interface PythonOptions {
  python: string;
  /** The folder that holds the package reelwright_sidecar. */
  sidecar: string;
  /** What of it runs. */
  module: string;
  /** How the interpreter is started; tests put something in front of the module. */
  command?: readonly string[] | undefined;
  env?: Record<string, string> | undefined;
  /** Hears what it says beside the protocol. */
  onWords?: (chunk: Uint8Array) => void;
}

/** What the system says of an end: a kill has a signal and no code. */
export interface PythonEnd {
  code: number | undefined;
  signal: string | undefined;
  lastWords: string;
}

/** A process of Python that speaks JSON-RPC over its pipes, and everything that it starts. */
export interface PythonProcess {
  pid: number;
  /** Listens once it is told to. */
  connection: MessageConnection;
  ended: Promise<PythonEnd>;
  /** Nothing more will be asked of it. */
  hangUp(): void;
  kill(): void;
  /** Waits for its end, and kills it when that takes longer. */
  endWithin(graceMs: number): Promise<void>;
}

/** Null when there is no such program. */
export function startPython(options: PythonOptions): PythonProcess | null {
  const { python, sidecar, module, command = ['-s', '-P', '-m', module] } = options;
  const child = execa(python, command, {
    stdin: 'pipe',
    stdout: 'pipe',
    stderr: 'pipe',
    buffer: false,
    reject: false,
    encoding: 'buffer',
    // A group of its own, so that the whole tree can be ended and Ctrl-C reaches the studio alone.
    detached: process.platform !== 'win32',
    windowsHide: true,
    env: {
      PYTHONPATH: sidecar,
      PYTHONHOME: '',
      PYTHONUNBUFFERED: '1',
      PYTHONIOENCODING: 'utf-8',
      ...options.env,
    },
  });
  const { pid } = child;
  if (pid === undefined) return null;
  const tree = processTree(pid);
  const lastWords = new Tail(4000);
  child.stderr.on('data', (chunk: Uint8Array) => {
    lastWords.add(chunk);
    options.onWords?.(chunk);
  });
  // What it started may hold its pipes: a kill by the system, of it alone, would be heard of only when that ends, too.
  child.once('exit', () => tree.kill());
  // Writing to one that just died is answered by `ended`, not by an exception.
  child.stdin.on('error', () => {});
  const connection = createMessageConnection(
    new StreamMessageReader(child.stdout),
    new StreamMessageWriter(child.stdin),
  );
  connection.onError(() => tree.kill());
  const ended = child.then(({ exitCode, signal }): PythonEnd => {
    connection.dispose();
    return { code: exitCode, signal, lastWords: lastWords.text() };
  });
  return {
    pid,
    connection,
    ended,
    hangUp: () => void child.stdin.end(),
    kill: () => tree.kill(),
    async endWithin(graceMs) {
      const timer = setTimeout(() => tree.kill(), graceMs);
      await ended;
      clearTimeout(timer);
    },
  };
}

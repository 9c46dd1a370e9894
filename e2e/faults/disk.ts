/** The C library's calls that change files below one folder: counted, written down, and failed when told to. */
import { closeSync, openSync, readFileSync, readSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';

/** One call that changed a file, or would have. */
export interface Call {
  /** Counted over all processes; 0 for one that no full disk refuses. */
  number: number;
  pid: number;
  call: string;
  path: string;
  /** Where it was moved or linked to. */
  to: string;
  refused: boolean;
}

const numbers = { calls: 0, from: 8, count: 16, failed: 24 } as const;
const forEver = 2n ** 63n;

export class WatchedDisk {
  /** For the process whose calls are watched; what it starts inherits it. */
  readonly env: Record<string, string>;
  readonly #state: string;
  readonly #log: string;

  private constructor(scratch: string, folder: string, library: string) {
    this.#state = join(scratch, 'disk.state');
    this.#log = join(scratch, 'disk.log');
    this.env = {
      LD_PRELOAD: library,
      FAULTS_FOLDER: folder,
      FAULTS_STATE: this.#state,
      FAULTS_LOG: this.#log,
    };
    this.begin();
  }

  /** `scratch` must lie outside of `folder`, whose files are watched. */
  static async of(folder: string, scratch: string): Promise<WatchedDisk> {
    const library = join(scratch, 'disk.so');
    const source = join(import.meta.dirname, 'disk.c');
    await execa('cc', ['-shared', '-fPIC', '-O1', '-Wall', '-Werror', '-o', library, source, '-ldl']);
    return new WatchedDisk(scratch, folder, library);
  }

  /** Counts from one again. With `from`, the calls from that one on find the disk full; `count` of them. */
  begin(from = 0, count: number | 'for ever' = 'for ever'): void {
    const state = Buffer.alloc(32);
    state.writeBigUInt64LE(BigInt(from), numbers.from);
    state.writeBigUInt64LE(count === 'for ever' ? forEver : BigInt(count), numbers.count);
    writeFileSync(this.#state, state);
    writeFileSync(this.#log, '');
  }

  /** There is space again. */
  free(): void {
    const file = openSync(this.#state, 'r+');
    writeSync(file, Buffer.alloc(8), 0, 8, numbers.from);
    closeSync(file);
  }

  get calls(): number {
    return this.#read(numbers.calls);
  }

  /** How many calls found the disk full. */
  get refused(): number {
    return this.#read(numbers.failed);
  }

  log(): Call[] {
    const lines = readFileSync(this.#log, 'utf8').split('\n').filter(Boolean);
    return lines.map((line) => {
      const [number, pid, call = '', path = '', to = '', answer] = line.split('\t');
      return { number: Number(number), pid: Number(pid), call, path, to, refused: answer === 'full' };
    });
  }

  #read(at: number): number {
    const state = Buffer.alloc(8);
    const file = openSync(this.#state, 'r');
    readSync(file, state, 0, 8, at);
    closeSync(file);
    return Number(state.readBigUInt64LE());
  }
}

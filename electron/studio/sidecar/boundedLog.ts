import { appendFileSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * A log of at most twice `limit` bytes: the file and its predecessor (`.1`). Writing never throws:
 * a full disk must cost the log, not the render.
 */
export class BoundedLog {
  readonly file: string;
  readonly #limit: number;
  #size: number;

  constructor(file: string, limit = 5 * 1024 * 1024) {
    this.file = file;
    this.#limit = limit;
    this.#size = 0;
    try {
      mkdirSync(dirname(file), { recursive: true });
      this.#size = statSync(file).size;
    } catch {
      // No log yet.
    }
  }

  write(chunk: Uint8Array): void {
    // Of a flood only the end is worth its space.
    const part = chunk.length > this.#limit ? chunk.subarray(chunk.length - this.#limit) : chunk;
    try {
      if (this.#size + part.length > this.#limit) this.#rotate();
      appendFileSync(this.file, part);
      this.#size += part.length;
    } catch {
      // Said above.
    }
  }

  #rotate(): void {
    rmSync(`${this.file}.1`, { force: true });
    if (this.#size > 0) renameSync(this.file, `${this.file}.1`);
    this.#size = 0;
  }
}

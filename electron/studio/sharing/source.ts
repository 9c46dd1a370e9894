import { type FileHandle, open } from 'node:fs/promises';

/** Bytes that are read where they are needed: a film is never taken into memory for what stands in its head. */
export interface Source {
  readonly size: number;
  /** Fewer bytes where the end comes before. */
  read(at: number, length: number): Promise<Uint8Array>;
}

export const sourceOf = (bytes: Uint8Array): Source => ({
  size: bytes.length,
  read: async (at, length) => bytes.subarray(at, at + length),
});

export async function sourceOfFile(file: FileHandle): Promise<Source> {
  const { size } = await file.stat();
  return {
    size,
    async read(at, length) {
      const buffer = Buffer.allocUnsafe(Math.max(0, Math.min(length, size - at)));
      const { bytesRead } = await file.read(buffer, 0, buffer.length, at);
      return buffer.subarray(0, bytesRead);
    },
  };
}

export async function withSource<Result>(path: string, use: (source: Source) => Promise<Result>): Promise<Result> {
  const file = await open(path, 'r');
  try {
    return await use(await sourceOfFile(file));
  } finally {
    await file.close();
  }
}

/** The same, which gives nothing more once that much was read: a head that leads round in circles comes to an end. */
export function bounded(source: Source, { bytes, reads }: { bytes: number; reads: number }): Source {
  let [bytesLeft, readsLeft] = [bytes, reads];
  return {
    size: source.size,
    async read(at, length) {
      readsLeft -= 1;
      bytesLeft -= length;
      return readsLeft < 0 || bytesLeft < 0 ? new Uint8Array() : source.read(at, length);
    },
  };
}

const headWindow = 512;

/** The same, which reads some more where little is asked for: what stands close together is read at once. */
export function headed(source: Source): Source {
  let from = 0;
  let window: Uint8Array = new Uint8Array();
  return {
    size: source.size,
    async read(at, length) {
      if (length > headWindow) return source.read(at, length);
      const end = Math.min(at + length, source.size);
      if (at < from || end > from + window.length) {
        window = await source.read(at, headWindow);
        from = at;
      }
      return window.subarray(at - from, at - from + length);
    },
  };
}

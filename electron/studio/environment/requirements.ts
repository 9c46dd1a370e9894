import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Extras } from './outcome.ts';

/** A lock file: every package with its version and the hashes of its files. */
export interface Lock {
  file: string;
  hash: string;
}

/** Which Pythons the packages of the lock exist for: from the first up to, not including, the second. */
export interface PythonRange {
  from: readonly [number, number];
  below: readonly [number, number];
}

export function readLock(sidecar: string, extras: Extras): Lock {
  const file = join(sidecar, 'requirements', `${extras}.lock`);
  return { file, hash: createHash('sha256').update(readFileSync(file)).digest('hex') };
}

/** The first line of a lock says it: "# python >=3.11,<3.15". */
export function pythonRange(lock: Lock): PythonRange {
  const line = /^# python >=(\d+)\.(\d+),<(\d+)\.(\d+)$/m.exec(readFileSync(lock.file, 'utf8'));
  const [fromMajor, fromMinor, belowMajor, belowMinor] = (line ?? []).slice(1).map(Number);
  if (fromMajor === undefined || fromMinor === undefined || belowMajor === undefined || belowMinor === undefined) {
    throw new Error(`${lock.file} does not say which Python it is for.`);
  }
  return { from: [fromMajor, fromMinor], below: [belowMajor, belowMinor] };
}

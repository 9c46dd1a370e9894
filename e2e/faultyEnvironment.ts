/** A worker that fails where a test wants it to: the real one, by tests/faulty_worker.py; and an environment with it. */
import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { SupervisorOptions } from '../electron/studio/sidecar/index.ts';
import { dataPaths } from '../electron/studio/storage/paths.ts';
import { oneThread, root } from './cli.ts';

/** As tests/faulty_worker.py describes it. */
export interface Fault {
  at: 'loading' | 'encoding' | 'denoising' | 'decoding';
  what: string;
  step?: number;
  times?: number | null;
  while?: Record<string, string | number | boolean | null>;
  seconds?: number;
}

const program = join(root, 'python-sidecar/tests/faulty_worker.py');

/** What a supervisor starts in the worker's place. What happens is counted over all that it starts. */
export const faultyWorker = (folder: string, faults: readonly Fault[]) =>
  ({
    env: {
      ...oneThread,
      REELWRIGHT_TEST_FAULTS: JSON.stringify(faults),
      REELWRIGHT_TEST_FAULTS_STATE: join(folder, 'faults.json'),
    },
    command: ['-s', program],
  }) satisfies Partial<SupervisorOptions>;

/**
 * Made below `folder`, of links and a program in the interpreter's place; for REELWRIGHT_ENVIRONMENT. What happens is
 * counted over all workers. Not on Windows, where no script takes the place of a program.
 */
export function faultyEnvironment(folder: string, faults: readonly Fault[]): string {
  const whole = dataPaths().environment;
  const environment = join(folder, 'faulty environment');
  const python = join(environment, 'python', 'bin', 'python');
  mkdirSync(dirname(python), { recursive: true });
  symlinkSync(join(whole, 'python', 'lib'), join(environment, 'python', 'lib'));
  const marker = JSON.parse(readFileSync(join(whole, 'environment.json'), 'utf8')) as { python: { base: string } };
  marker.python.base = python;
  writeFileSync(join(environment, 'environment.json'), JSON.stringify(marker));
  const { wanted, state } = filesOf(environment);
  const script = [
    '#!/bin/sh',
    `export REELWRIGHT_TEST_FAULTS='${wanted}' REELWRIGHT_TEST_FAULTS_STATE='${state}'`,
    `real='${join(whole, 'python', 'bin', 'python')}'`,
    `[ "$*" = '-s -P -m reelwright_sidecar' ] && exec "$real" -s '${program}'`,
    'exec "$real" "$@"',
    '',
  ];
  writeFileSync(python, script.join('\n'));
  chmodSync(python, 0o755);
  want(environment, faults);
  return environment;
}

/** Other failures from the next render on, counted anew. */
export function want(environment: string, faults: readonly Fault[]): void {
  const { wanted, state } = filesOf(environment);
  rmSync(state, { force: true });
  // A render that begins reads the old ones or the new ones, never half of them.
  writeFileSync(`${wanted}.new`, JSON.stringify(faults));
  renameSync(`${wanted}.new`, wanted);
}

const filesOf = (environment: string) => ({
  wanted: join(environment, 'faults.json'),
  state: join(environment, 'state.json'),
});

/** An environment whose worker fails where a test wants it to: the real one, by tests/faulty_worker.py. */
import { chmodSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { dataPaths } from '../electron/studio/storage/paths.ts';
import { root } from './cli.ts';

/** As tests/faulty_worker.py describes it. */
export interface Fault {
  at: 'loading' | 'encoding' | 'denoising' | 'decoding';
  what: string;
  step?: number;
  times?: number | null;
  while?: Record<string, string | number | boolean | null>;
  seconds?: number;
}

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
  const program = [
    '#!/bin/sh',
    `export REELWRIGHT_TEST_FAULTS="$(cat '${wanted}')" REELWRIGHT_TEST_FAULTS_STATE='${state}'`,
    `real='${join(whole, 'python', 'bin', 'python')}'`,
    `[ "$*" = '-s -m reelwright_sidecar' ] && exec "$real" -s '${join(root, 'python-sidecar/tests/faulty_worker.py')}'`,
    'exec "$real" "$@"',
    '',
  ];
  writeFileSync(python, program.join('\n'));
  chmodSync(python, 0o755);
  want(environment, faults);
  return environment;
}

/** Other failures from the next worker on, counted anew. */
export function want(environment: string, faults: readonly Fault[]): void {
  const { wanted, state } = filesOf(environment);
  rmSync(state, { force: true });
  writeFileSync(wanted, JSON.stringify(faults));
}

const filesOf = (environment: string) => ({
  wanted: join(environment, 'faults.json'),
  state: join(environment, 'state.json'),
});

import { join } from 'node:path';
import { type ExitCode, exitCodes } from '../../contract/command.ts';
import type { SupervisorOptions } from '../studio/sidecar/index.ts';
import { dataPaths } from '../studio/storage/paths.ts';
import { type StorageProblem, storageProblem } from '../studio/storage/problem.ts';
import { openStudio, type Studio } from '../studio/studio.ts';
import type { Command } from './arguments.ts';
import { generate } from './generate.ts';
import { jobs } from './jobs.ts';
import { models } from './models.ts';
import type { Output } from './output.ts';
import { refuse } from './render.ts';
import { promptOf } from './terminal.ts';
import { withPreset } from './withPreset.ts';

type ProgramCommand = Exclude<Command, { kind: 'help' | 'version' }>;
type StudioCommand = Exclude<ProgramCommand, { kind: 'presets' }>;

/** The program's own folder and version. */
export interface Program {
  root: string;
  version: string;
  /** How its worker is kept, where that is another way than the usual one. */
  worker?: Partial<SupervisorOptions>;
}

/** Opens the studio, carries out one command, and closes it again. */
export async function runCommand(
  command: ProgramCommand,
  { root, version, worker = {} }: Program,
  output: Output,
): Promise<ExitCode> {
  if (command.kind === 'presets') {
    // Files and links only: no data folder is needed, or made.
    const { presets } = await import('./presets.ts');
    return presets(command, output);
  }
  let studio: Studio;
  const paths = dataPaths(command.home ?? undefined);
  try {
    const program = { resources: join(root, 'resources'), sidecar: join(root, 'python-sidecar') };
    studio = openStudio({ paths, program, worker });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const sentence =
      storageSentence(error, paths.home) ??
      (standsInTheWay(error)
        ? `${paths.home} cannot be the data folder: a file stands there. Name another folder with --home.`
        : `The data folder cannot be opened: ${reason}`);
    return refuse(output, 'data-folder', sentence, exitCodes.notOnThisMachine);
  }
  const cancel = cancelOnSignals();
  try {
    return await run(command, { root, version }, studio, output, cancel.signal);
  } catch (error) {
    const sentence = storageSentence(error, paths.home);
    if (sentence !== null) return refuse(output, 'data-folder', sentence, exitCodes.failed);
    const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return refuse(
      output,
      'internal',
      `Something went wrong that Reelwright has no name for. ${reason}`,
      exitCodes.failed,
    );
  } finally {
    cancel.stop();
    studio.dispose();
  }
}

async function run(
  command: StudioCommand,
  program: Program,
  studio: Studio,
  output: Output,
  signal: AbortSignal,
): Promise<ExitCode> {
  switch (command.kind) {
    case 'generate': {
      const whole = await withPreset(command, studio);
      if (whole.kind === 'wrong') return refuse(output, 'preset', whole.sentence, exitCodes.wrongArguments);
      return generate(whole.command, studio, output, promptOf(command.json, signal), signal);
    }
    case 'jobs':
      return jobs(command, studio, output, promptOf(command.json, signal), signal);
    case 'serve': {
      const { serve } = await import('./serve.ts');
      return serve(command, studio, program, output, signal);
    }
    case 'plan': {
      const { plan } = await import('./plan.ts');
      return plan(command, studio, output);
    }
    case 'calibrate': {
      const { calibrate } = await import('./calibrate.ts');
      return calibrate(command, studio, output, signal);
    }
    case 'cache': {
      const { cache } = await import('./cache.ts');
      return cache(command, studio, output);
    }
    case 'library': {
      const { library } = await import('./library.ts');
      return library(command, studio, output, signal);
    }
    case 'models':
      return models(studio, output);
    case 'doctor': {
      // What looks at the machine is large, and nothing else needs it.
      const { doctor } = await import('./doctor.ts');
      return doctor(studio, program.version, output, signal);
    }
  }
}

const storageSentences: Record<StorageProblem, (home: string) => string> = {
  full: (home) =>
    `The disk is full at ${home}. Free some space, then give the same command again: what was done is kept.`,
  'read-only': (home) => `The data folder ${home} cannot be written. Check its permissions.`,
  gone: (home) => `The data folder ${home} cannot be reached any more. Connect its disk, then try again.`,
};

const standsInTheWay = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === 'EEXIST' || error.code === 'ENOTDIR');

/** For a disk or a database that fails; null for other errors. */
function storageSentence(error: unknown, home: string): string | null {
  const problem = storageProblem(error, home);
  return problem === null ? null : storageSentences[problem](home);
}

/** The first Ctrl-C cancels and keeps what is done; the second ends at once. */
function cancelOnSignals(): { signal: AbortSignal; stop(): void } {
  const controller = new AbortController();
  const cancel = () => {
    if (controller.signal.aborted) process.exit(exitCodes.cancelled);
    controller.abort();
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const name of signals) process.on(name, cancel);
  return {
    signal: controller.signal,
    stop() {
      for (const name of signals) process.off(name, cancel);
    },
  };
}

import { spawnSync } from 'node:child_process';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A reading, or the NVML code that the card answers with instead. */
export type Scripted = number | { code: number };

/** NVML's return codes that a script may use. */
export const answers = {
  notSupported: { code: 3 },
  unknown: { code: 999 },
  lost: { code: 15 },
  driverNotLoaded: 9,
} as const;

/** A card in NVML's own units: percent, bytes, milliwatts, degrees, megahertz, KB/s. What is left out is not supported. */
export interface ScriptedCard {
  uuid: string;
  name: string;
  readings: Partial<
    Record<
      | 'utilisation'
      | 'memoryTotal'
      | 'memoryUsed'
      | 'power'
      | 'powerLimit'
      | 'temperature'
      | 'clockGraphics'
      | 'clockMemory'
      | 'slowdown'
      | 'pcieReceive'
      | 'pcieReceived'
      | 'pcieGeneration'
      | 'pcieWidth',
      Scripted
    >
  >;
  /** Null bytes: as on Windows, the driver does not tell. */
  processes?: { pid: number; bytes: number | null; name: string; utilisation?: number }[];
}

export interface ScriptedMachine {
  driver: string;
  /** The code of `nvmlInit`, and of every call while it is not 0. */
  init?: number;
  cards: ScriptedCard[];
}

/** NVML as a card of today would answer it, to be varied by tests. */
export const card4070: ScriptedCard = {
  uuid: 'GPU-4070aaaa-0000-4000-8000-000000000001',
  name: 'NVIDIA GeForce RTX 4070',
  readings: {
    utilisation: 58,
    memoryTotal: 12 * 2 ** 30,
    memoryUsed: 9.1 * 2 ** 30,
    power: 112_000,
    powerLimit: 200_000,
    temperature: 64,
    clockGraphics: 2475,
    clockMemory: 10_501,
    pcieReceive: 6_100_000,
    pcieGeneration: 4,
    pcieWidth: 4,
  },
};

/** Why the fake cannot be built here; null when it can. */
export function cannotCompile(): string | null {
  if (process.platform !== 'linux') return 'the fake NVML is for Linux only';
  return spawnSync('cc', ['--version']).status === 0 ? null : 'there is no C compiler (cc) on PATH';
}

export interface FakeNvml {
  /** What REELWRIGHT_NVML or `nvmlLibrary` is to be. */
  library: string;
  /** From now on it answers so. */
  script(machine: ScriptedMachine): void;
}

/** Lays the library into `folder`, which must be its own: what is loaded once stays loaded. */
export function fakeNvml(folder: string, machine: ScriptedMachine): FakeNvml {
  const library = join(folder, 'libfake-nvml.so');
  if (compiled === null) {
    compile(library);
    compiled = readFileSync(library);
  } else {
    writeFileSync(library, compiled);
  }
  const fake: FakeNvml = {
    library,
    script(next) {
      const file = `${library}.readings`;
      writeFileSync(`${file}.new`, written(next));
      renameSync(`${file}.new`, file);
    },
  };
  fake.script(machine);
  return fake;
}

let compiled: Buffer | null = null;

function compile(library: string): void {
  const source = join(import.meta.dirname, 'nvml.c');
  const flags = ['-shared', '-fPIC', '-O1', '-Wall', '-Werror'];
  const built = spawnSync('cc', [...flags, '-o', library, source, '-ldl'], { encoding: 'utf8' });
  if (built.status !== 0) throw new Error(`cc: ${built.stderr}`);
}

function written({ driver, init, cards }: ScriptedMachine): string {
  const lines = [`driver ${driver}`, `init ${init ?? 0}`];
  for (const { uuid, name, readings, processes } of cards) {
    lines.push(`card ${uuid}`, `name ${name}`);
    for (const [key, value] of Object.entries(readings)) {
      lines.push(`${key} ${typeof value === 'number' ? Math.round(value) : `!${value.code}`}`);
    }
    for (const { pid, bytes, utilisation, name } of processes ?? []) {
      lines.push(`process ${pid} ${bytes ?? -1} ${utilisation ?? -1} ${name}`);
    }
  }
  return `${lines.join('\n')}\n`;
}

import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { CannotSetUp } from './outcome.ts';
import { runProgram } from './program.ts';
import type { PythonRange } from './requirements.ts';
import { searchPath } from './searchPath.ts';

/** A Python that answered. */
export interface Python {
  executable: string;
  version: readonly [number, number, number];
  /** 64-bit CPython with the usual interpreter lock: what the wheels are built for. */
  ordinary: boolean;
}

const Answer = z.object({
  executable: z.string(),
  version: z.tuple([z.int(), z.int(), z.int()]),
  ordinary: z.boolean(),
});

const question = `import json, platform, struct, sys, sysconfig
print(json.dumps({
    "executable": getattr(sys, "_base_executable", None) or sys.executable,
    "version": list(sys.version_info[:3]),
    "ordinary": platform.python_implementation() == "CPython" and struct.calcsize("P") == 8
        and not sysconfig.get_config_var("Py_GIL_DISABLED"),
}))`;

/** Tried in this order: what a person calls "python" first, then the versions the packages are used with most. */
const names = ['python3', 'python', 'python3.13', 'python3.12', 'python3.11', 'python3.14'];
const launcherVersions = ['3.13', '3.12', '3.11', '3.14'];
const bestKnown = { from: [3, 11], below: [3, 14] } as const;

/** Asks every Python it can find until one is as good as they get. */
export async function findPythons(env: NodeJS.ProcessEnv, range: PythonRange, signal?: AbortSignal): Promise<Python[]> {
  const found: Python[] = [];
  for (const [command, ...args] of candidates(env)) {
    if (command === undefined) continue;
    const python = await ask(command, args, env, signal);
    if (python === null) continue;
    found.push(python);
    if (fits(python, range) && isWithin(python.version, bestKnown)) break;
  }
  return found;
}

/** Pure: the one to build the environment on. */
export function choosePython(found: readonly Python[], range: PythonRange): Python | null {
  const usable = found.filter((python) => fits(python, range));
  return usable.find(({ version }) => isWithin(version, bestKnown)) ?? usable[0] ?? null;
}

export async function ask(
  command: string,
  args: string[],
  env: NodeJS.ProcessEnv,
  signal?: AbortSignal,
): Promise<Python | null> {
  const isolated = { ...env, PYTHONHOME: undefined, PYTHONPATH: undefined };
  const { code, stdout } = await runProgram(command, [...args, '-I', '-c', question], {
    env: isolated,
    signal,
    timeout: 20_000,
  });
  if (code !== 0) return null;
  try {
    return Answer.parse(JSON.parse(stdout.trim().split('\n').at(-1) ?? ''));
  } catch {
    return null;
  }
}

export function fits(python: Python, range: PythonRange): boolean {
  return python.ordinary && !isFromStore(python) && isWithin(python.version, range);
}

/**
 * The Microsoft Store's package: Windows lays whatever it writes below AppData into a place of its own, where no other
 * program finds it, and clips with it.
 */
export const isFromStore = ({ executable }: Pick<Python, 'executable'>): boolean =>
  /[\\/]WindowsApps[\\/]/i.test(executable);

/** The sentence for a computer without a usable Python. */
export function noPython(found: readonly Python[], range: PythonRange, platform: NodeJS.Platform): CannotSetUp {
  const needed = `${range.from.join('.')} to ${range.below[0]}.${range.below[1] - 1}`;
  const action = `${howToInstall[platform] ?? 'Install Python 3.12'} and start again.`;
  const other = found[0];
  if (other === undefined) {
    return new CannotSetUp('python-missing', `No Python was found. The engine needs Python ${needed}, 64-bit.`, action);
  }
  const kind = isFromStore(other)
    ? ' from the Microsoft Store, whose files no other program can see'
    : other.ordinary
      ? ''
      : ', of a kind the engine is not built for';
  const has = `This computer has Python ${other.version.join('.')}${kind}.`;
  return new CannotSetUp('python-unsupported', `${has} The engine needs ${needed}, 64-bit.`, action);
}

const howToInstall: Partial<Record<NodeJS.Platform, string>> = {
  win32: 'Install Python 3.12 from python.org',
  darwin: 'Install Python 3.12 from python.org or with "brew install python@3.12"',
  linux: 'Install Python with your package manager, for example "sudo apt install python3 python3-pip"',
};

function candidates(env: NodeJS.ProcessEnv): string[][] {
  const chosen = env['REELWRIGHT_PYTHON'];
  if (chosen) return [[chosen]];
  const folders = searchPath(env);
  const windows = process.platform === 'win32';
  const find = (name: string) =>
    folders.map((folder) => join(folder, windows ? `${name}.exe` : name)).filter((file) => existsSync(file));
  const launchers = windows ? find('py').slice(0, 1) : [];
  return [
    ...launchers.flatMap((launcher) => launcherVersions.map((version) => [launcher, `-${version}`])),
    ...names.flatMap(find).map((file) => [file]),
    ...folders.flatMap(behindShims).map((file) => [file]),
  ];
}

/** pyenv's shims answer for one version only; the others lie beside them. */
function behindShims(folder: string): string[] {
  const versions = join(dirname(folder), 'versions');
  if (!folder.endsWith('shims') || !existsSync(versions)) return [];
  return readdirSync(versions)
    .map((version) => join(versions, version, 'bin', 'python3'))
    .filter((file) => existsSync(file));
}

function isWithin(version: Python['version'], { from, below }: PythonRange): boolean {
  return compare(version, from) >= 0 && compare(version, below) < 0;
}

function compare([major, minor]: Python['version'], [otherMajor, otherMinor]: readonly [number, number]): number {
  return major - otherMajor || minor - otherMinor;
}

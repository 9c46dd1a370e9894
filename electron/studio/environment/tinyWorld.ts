/** A world for the tests: small packages in place of the engine, the same set-up around them. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { afterAll } from 'vitest';
import { dataPaths } from '../storage/paths.ts';
import type { Surroundings } from './environment.ts';
import type { SetupProgress } from './outcome.ts';
import { choosePython, findPythons } from './python.ts';

export interface TinyWorld {
  folder: string;
  sidecar: string;
  wheels: string;
  /** The real installer. */
  uv: string;
  around: Surroundings;
  /** What the set-up said. */
  said: SetupProgress[];
  onProgress: (event: SetupProgress) => void;
  dispose(): void;
}

const range = { from: [3, 11], below: [3, 15] } as const;
const header = '# python >=3.11,<3.15\n';
let made: { wheels: string; python: string; uv: string; hashes: Record<string, string> } | null = null;
afterAll(() => {
  if (made !== null) rmSync(made.wheels, { recursive: true, force: true });
});

/**
 * A fresh folder with a hostile name, every wheel in reach and no network. `slow` adds a package of
 * thousands of files, for tests that cut an installation in two.
 */
export async function tinyWorld(slow = false): Promise<TinyWorld> {
  made ??= await makeWheels();
  const home = mkdtempSync(join(tmpdir(), 'reelwright environment ü '));
  const sidecar = join(home, 'sidecar');
  mkdirSync(join(sidecar, 'requirements'), { recursive: true });
  for (const [name, text] of Object.entries(locks(made.hashes, slow))) {
    writeFileSync(join(sidecar, 'requirements', name), text);
  }
  const said: SetupProgress[] = [];
  return {
    folder: join(home, 'environment'),
    sidecar,
    wheels: made.wheels,
    uv: made.uv,
    around: {
      env: {
        ...process.env,
        PATH: [dirname(made.uv), process.env['PATH']].join(delimiter),
        REELWRIGHT_PYTHON: made.python,
        UV_CACHE_DIR: undefined,
        UV_NO_INDEX: '1',
        UV_FIND_LINKS: made.wheels,
        PIP_NO_INDEX: '1',
        PIP_FIND_LINKS: made.wheels,
      },
      recipe: {
        bytes: 5e6,
        needed: 5e6,
        probe: join(import.meta.dirname, 'tiny_probe.py'),
        hasTorch: false,
        freeBytes: (folder) => statfsSync(folder).bavail * statfsSync(folder).bsize,
      },
    },
    said,
    onProgress: (event) => void said.push(event),
    dispose: () => rmSync(home, { recursive: true, force: true, maxRetries: 3 }),
  };
}

async function makeWheels(): Promise<NonNullable<typeof made>> {
  const wheels = mkdtempSync(join(tmpdir(), 'reelwright-wheels-'));
  const python = choosePython(await findPythons(process.env, range), range)?.executable;
  if (python === undefined) throw new Error('The tests need a Python.');
  const answer = execFileSync(python, [join(import.meta.dirname, 'make_wheels.py'), wheels]).toString();
  return { wheels, python, uv: findRealUv(), hashes: JSON.parse(answer) as Record<string, string> };
}

/** On PATH, or where the set-up of these very tests has put it. */
function findRealUv(): string {
  const { environment } = dataPaths();
  const own = existsSync(environment) ? readdirSync(environment).filter((name) => name.startsWith('uv-')) : [];
  const places = [
    ...own.flatMap((name) => [join(environment, name, 'bin'), join(environment, name, 'Scripts')]),
    ...(process.env['PATH'] ?? '').split(delimiter),
  ];
  const program = process.platform === 'win32' ? 'uv.exe' : 'uv';
  const found = places.map((place) => join(place, program)).find((file) => existsSync(file));
  if (found === undefined) throw new Error('These tests need uv; "npm test" sets it up.');
  return found;
}

function locks(hashes: Record<string, string>, slow: boolean): Record<string, string> {
  const line = (name: string, version = '1.0') => `${name}==${version} --hash=sha256:${hashes[name]}\n`;
  const runtime = header + line('tiny-engine') + (slow ? line('tiny-many') : '');
  return {
    'runtime.lock': runtime,
    'development.lock': runtime + line('tiny-tool'),
    'uv.lock': header + line('uv', '0.13.9'),
  };
}

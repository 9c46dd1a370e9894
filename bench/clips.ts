import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { execa } from 'execa';
import { CommandEvent } from '../contract/command.ts';
import type { PhaseSeconds } from '../contract/render.ts';
import { root } from './root.ts';

/** Where the seconds of one `npm start -- generate` went. */
export interface Run {
  wall: number;
  starting: number;
  environment: number;
  worker: number;
  phases: PhaseSeconds;
  /** From the loaded model to the finished clip. */
  clip: number;
  ending: number;
}

export interface FreshHome {
  clone: string;
  home: string;
  /** Where the first run puts its interpreter. */
  python: string;
}

/** A clone and an empty home folder, as a new user has them, for as long as the task runs. */
export async function inFreshHome(task: (fresh: FreshHome) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'reelwright-bench-'));
  try {
    const clone = join(folder, 'reelwright');
    await execa('git', ['clone', '--quiet', root, clone]);
    const home = join(folder, 'home');
    const interpreter = process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python';
    await task({ clone, home, python: join(home, 'data', 'environment', 'python', interpreter) });
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Runs the README's command and reads from its own words where the seconds went. */
export async function measureClip({ clone, home }: FreshHome): Promise<Run> {
  const out = join(home, 'clip.mp4');
  await mkdir(home, { recursive: true });
  const begun = performance.now();
  const since = () => (performance.now() - begun) / 1000;
  const prompt = 'a red balloon rising over green hills at sunset';
  const { REELWRIGHT_ENVIRONMENT: _, ...inherited } = process.env;
  const child = execa(
    'npm',
    ['start', '--silent', '--', 'generate', '--prompt', prompt, '--out', out, '--overwrite', '--json'],
    {
      cwd: clone,
      extendEnv: false,
      env: { ...inherited, HOME: home, REELWRIGHT_HOME: join(home, 'data'), XDG_CACHE_HOME: join(home, '.cache') },
      stderr: 'inherit',
    },
  );
  const marks = new Map<string, number>();
  let phases: PhaseSeconds = {};
  for await (const line of createInterface({ input: child.stdout })) {
    const event = CommandEvent.parse(JSON.parse(line));
    const name = event.type === 'phase' ? event.phase : event.type;
    if (!marks.has(name)) marks.set(name, since());
    if (event.type === 'done') phases = event.phaseSeconds;
  }
  await child;
  const wall = since();
  const at = (name: string) => marks.get(name) ?? Number.NaN;
  const setup = marks.get('setup') ?? at('starting');
  const { encoding = 0, denoising = 0, decoding = 0, finishing = 0 } = phases;
  return {
    wall,
    starting: setup,
    environment: at('starting') - setup,
    worker: at('loading') - at('starting'),
    phases,
    clip: encoding + denoising + decoding + finishing,
    ending: wall - at('done'),
  };
}

import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { mkdir, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import type { CommandEvent } from '../../contract/command.ts';
import {
  cli,
  type Ended,
  isAlive,
  type Running,
  type RunOptions,
  startCli,
  textOf,
  until,
  workersNow,
} from '../cli.ts';
import { readClips } from '../clip.ts';

/** Small enough for a second of work, and every phase of a render is in it, with two checkpoints. */
const clip = ['--width', '64', '--height', '48', '--frames', '9', '--steps', '12', '--seed', '7'];
const words = ['--prompt', 'a yellow boat moving left on the sea by day'];

/** How long things took when nothing went wrong, from the start of the command. */
interface Life {
  wholeMs: number;
  /** Until there was a worker. */
  workerMs: number;
  /** Until each thing that was said. */
  saidMs: readonly number[];
}

export interface Begun extends Running {
  /** Resolves when what was heard so far is so; never where the command ends before. */
  until(isSo: (heard: readonly CommandEvent[]) => boolean): Promise<void>;
  /** The phase that was last said to begin. */
  doing(): string;
}

/** A data folder, and a clip that was once rendered in it without anything going wrong. */
export class Stage {
  readonly home: string;
  /** Not in the data folder. */
  readonly scratch: string;
  readonly life: Life;
  readonly #clips: string;
  readonly #pixels: string;

  private constructor(home: string, scratch: string, clips: string, pixels: string, life: Life) {
    this.home = home;
    this.scratch = scratch;
    this.life = life;
    this.#clips = clips;
    this.#pixels = pixels;
  }

  static async set(): Promise<Stage> {
    const scratch = await realpath(await mkdtemp(join(tmpdir(), 'reelwright-faults-')));
    const home = join(scratch, 'home');
    const clips = join(home, 'clips');
    await mkdir(clips, { recursive: true });
    const whole = join(clips, 'whole.mp4');
    const begun = performance.now();
    const run = startCli(generating(whole), { home });
    await until('there is a worker', () => workersNow(run.pid).length > 0 || !isAlive(run.pid), 60_000);
    const workerMs = performance.now() - begun;
    const { at, last, stderr } = await run.ended;
    if (last?.type !== 'done') throw new Error(`Nothing was to go wrong here: ${JSON.stringify(last)} ${stderr}`);
    const life = { wholeMs: performance.now() - begun, workerMs, saidMs: at.map(({ ms }) => ms - begun) };
    const [made] = await readClips([whole]);
    return new Stage(home, scratch, clips, made?.pixels ?? '', life);
  }

  strike(): Promise<void> {
    return rm(this.scratch, { recursive: true, force: true, maxRetries: 5 });
  }

  file(name: string): string {
    return join(this.#clips, `${name}.mp4`);
  }

  /** Begins the clip. Its prompt is read again, as if for the first time. */
  begin(name: string, options: Omit<RunOptions, 'home' | 'onEvent'> = {}): Begun {
    rmSync(join(this.home, 'cache'), { recursive: true, force: true });
    const heard: CommandEvent[] = [];
    const waiting = new Set<() => void>();
    const run = startCli(generating(this.file(name)), {
      ...options,
      home: this.home,
      onEvent(event) {
        heard.push(event);
        for (const look of waiting) look();
      },
    });
    return {
      ...run,
      until: (isSo) =>
        new Promise((resolve) => {
          const look = () => {
            if (!isSo(heard)) return;
            waiting.delete(look);
            resolve();
          };
          waiting.add(look);
          look();
        }),
      doing: () => heard.findLast((event) => event.type === 'phase')?.phase ?? 'before anything was said',
    };
  }

  /**
   * What a person would do after the studio ended: resume; or, where no job was begun, give the command again. Null when
   * it had been done.
   */
  async finish(name: string, options: Omit<RunOptions, 'home'> = {}): Promise<Ended | null> {
    const resumed = await cli(['jobs', 'resume'], { home: this.home, ...options });
    if (!/no job to resume/.test(resumed.last?.type === 'error' ? resumed.last.sentence : '')) return resumed;
    if (existsSync(this.file(name))) return null;
    return cli(generating(this.file(name)), { home: this.home, ...options });
  }

  /** What is not as if nothing had happened: a clip that is not the same, a file or a process that stayed. */
  async wrong(names: readonly string[]): Promise<string[]> {
    const lingering = await this.#lingering();
    return [
      ...lingering.map((pid) => `process ${pid} is left`),
      ...this.leftovers().map((file) => `${file} is left`),
      ...(await this.different(names)).map((name) => `${name} is not the same clip`),
    ];
  }

  /** The last step of which the data folder holds the state; infinite when they are all done. */
  safeStep(): number {
    const files = [...this.#names()].filter((name) => /^jobs\/.*\.safetensors$/.test(name) && !name.includes('/.'));
    const steps = files.map((name) =>
      /latents/.test(name) ? Number.POSITIVE_INFINITY : stepIn(join(this.home, name)),
    );
    return Math.max(0, ...steps);
  }

  /** Which of these clips are not, frame by frame, the one that was made undisturbed. */
  async different(names: readonly string[]): Promise<string[]> {
    const clips = await readClips(names.map((name) => this.file(name)));
    return names.filter((_, index) => clips[index]?.pixels !== this.#pixels);
  }

  /** Files that no studio at rest has. */
  leftovers(): string[] {
    return [...this.#names()].filter((name) => !/^clips\/[^./]+\.mp4$/.test(name) && !atRest.test(name));
  }

  /** Processes that still work in this data folder, after a moment. */
  async #lingering(): Promise<number[]> {
    await until('nothing lingers', () => this.#processes().length === 0, 5000).catch(() => {});
    return this.#processes();
  }

  #processes(): number[] {
    const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
    const mark = `REELWRIGHT_HOME=${this.home}\0`;
    return pids.filter((pid) => textOf(`/proc/${pid}/environ`).includes(mark)).map(Number);
  }

  #names(): Set<string> {
    const entries = readdirSync(this.home, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => !entry.isDirectory() || entry.parentPath === join(this.home, 'jobs'));
    return new Set(files.map((entry) => relative(this.home, join(entry.parentPath, entry.name))));
  }
}

const generating = (out: string) => ['generate', ...words, ...clip, '--out', out];

/** What lies in the data folder of a studio that is not open and has nothing left to do. */
const atRest =
  /^(reelwright\.db|engine\.lock|logs\/worker\.log(\.1)?|posters\/[a-z0-9]+\.webp|cache\/prompts\/[0-9a-f]{64}\.safetensors)$/;

/** What a checkpoint says of itself in its header. */
function stepIn(file: string): number {
  const bytes = readFileSync(file);
  const header: unknown = JSON.parse(bytes.subarray(8, 8 + Number(bytes.readBigUInt64LE())).toString());
  return Number((header as { __metadata__: { step: string } }).__metadata__.step);
}

import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Kept, Progress, RenderOrder, RenderOutcome } from '../../contract/worker.ts';
import { type Chance, chance } from '../../electron/studio/chance.fixture.ts';
import { BoundedLog, Supervisor } from '../../electron/studio/sidecar/index.ts';
import { oneThread, root } from '../cli.ts';
import { readClips } from '../clip.ts';
import { testPython } from '../environment.ts';
import { orderIn } from '../order.ts';

const hurts = {
  'cut short': (bytes: Buffer, luck: Chance) => bytes.subarray(0, luck.below(bytes.length)),
  emptied: () => Buffer.alloc(0),
  'with a bit turned over': (bytes: Buffer, luck: Chance) => turned(bytes, luck, bytes.length),
  'with a bit turned over in its header': (bytes: Buffer, luck: Chance) => turned(bytes, luck, headerOf(bytes)),
  'with a header that claims to be endless': (bytes: Buffer) => {
    const lying = Buffer.from(bytes);
    lying.writeBigUInt64LE(2n ** 62n);
    return lying;
  },
  longer: (bytes: Buffer) => Buffer.concat([bytes, bytes]),
  'of another clip': (_bytes: Buffer, _luck: Chance, foreign: Buffer | null) => foreign ?? Buffer.from('another clip'),
} as const;
export type Hurt = keyof typeof hurts;

function turned(bytes: Buffer, luck: Chance, below: number): Buffer {
  const copy = Buffer.from(bytes);
  const at = luck.below(below);
  copy.writeUInt8(copy.readUInt8(at) ^ (1 << luck.below(8)), at);
  return copy;
}

const headerOf = (bytes: Buffer): number => 8 + Number(bytes.readBigUInt64LE());

/** What a job had kept when it was stopped, by the names of its files. */
type Folder = ReadonlyMap<string, Buffer>;

/** Where it was stopped: after a step, or when all are done. */
const stops = ['denoising', 'decoding'] as const;
type Stop = (typeof stops)[number];
const lastStep = 7;

export interface Damaged {
  stop: Stop;
  /** All that was kept; else the file that was written last, or one by chance. */
  files: 'all' | 'last' | 'one';
  hurt: Hurt;
}

export interface Repair {
  damaged: Damaged;
  /** What the render went on from. */
  from: Kept['kind'] | null;
  wrong: string[];
}

export const damages = (seed: number, count: number): Damaged[] => {
  const { pick } = chance(seed);
  const all = stops.flatMap((stop) =>
    (['last', 'one', 'all'] as const).flatMap((files) =>
      Object.keys(hurts).map((hurt) => ({ stop, files, hurt: hurt as Hurt })),
    ),
  );
  return count >= all.length ? all : Array.from({ length: count }, () => pick(all));
};

/** Lets a worker go on from files that were damaged, once for each damage. One worker for all: none may end it. */
export async function surviveDamage(
  all: readonly Damaged[],
  seed: number,
  told: (one: Repair, number: number) => void = () => {},
): Promise<Repair[]> {
  const folder = await mkdtemp(join(tmpdir(), 'reelwright-damage-'));
  const log = new BoundedLog(join(folder, 'worker.log'));
  const sidecar = join(root, 'python-sidecar');
  const supervisor = new Supervisor({ python: await testPython(), sidecar, log, env: oneThread });
  try {
    const bench = await Bench.make(folder, supervisor);
    const luck = chance(seed);
    const repairs: Repair[] = [];
    for (const [index, damaged] of all.entries()) {
      const repair = await bench.survive(`damaged-${index}`, damaged, luck);
      repairs.push(repair);
      told(repair, index + 1);
    }
    return repairs;
  } finally {
    await supervisor.dispose();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

const never = new AbortController().signal;
const settings = { width: 64, height: 48, steps: 10 };

class Bench {
  readonly #folder: string;
  readonly #supervisor: Supervisor;
  readonly #pixels: string;
  readonly #pid: number | null;
  readonly #kept: Record<Stop, Folder>;
  readonly #foreign: Record<Stop, Folder>;

  private constructor(
    [folder, supervisor]: [string, Supervisor],
    pixels: string,
    kept: Record<Stop, Folder>,
    foreign: Record<Stop, Folder>,
  ) {
    this.#folder = folder;
    this.#supervisor = supervisor;
    this.#pixels = pixels;
    this.#pid = supervisor.pid;
    this.#kept = kept;
    this.#foreign = foreign;
  }

  static async make(folder: string, supervisor: Supervisor): Promise<Bench> {
    const whole = await orderIn(folder, 'whole', settings);
    const outcome = await supervisor.render(whole, () => {}, never);
    const [clip] = await readClips([whole.out]);
    if (outcome.kind !== 'done' || !clip) throw new Error(`Nothing was to go wrong here: ${JSON.stringify(outcome)}`);
    const stopped = async (name: string, seed: number): Promise<Record<Stop, Folder>> => ({
      denoising: await stoppedAt(
        'denoising',
        await orderIn(folder, `${name}-early`, { ...settings, seed }),
        supervisor,
      ),
      decoding: await stoppedAt('decoding', await orderIn(folder, `${name}-late`, { ...settings, seed }), supervisor),
    });
    const kept = await stopped('kept', whole.settings.seed);
    return new Bench([folder, supervisor], clip.pixels, kept, await stopped('foreign', whole.settings.seed + 1));
  }

  async survive(name: string, damaged: Damaged, luck: Chance): Promise<Repair> {
    const order = await orderIn(this.#folder, name, settings);
    const kept = this.#kept[damaged.stop];
    const names = [...kept.keys()];
    const hit = damaged.files === 'all' ? names : damaged.files === 'last' ? [lastOf(kept)] : [luck.pick(names)];
    for (const [file, bytes] of kept) {
      const foreign = this.#foreign[damaged.stop].get(file) ?? null;
      writeFileSync(join(order.folder, file), hit.includes(file) ? hurts[damaged.hurt](bytes, luck, foreign) : bytes);
    }
    const outcome = await this.#supervisor.render(order, () => {}, never);
    const wrong = await this.#wrong(order, outcome);
    const from = outcome.kind === 'done' ? outcome.kept.kind : null;
    // What is older is still there.
    if (damaged.files === 'last' && from === 'nothing') wrong.push('it began anew although older states were whole');
    return { damaged, from, wrong };
  }

  async #wrong(order: RenderOrder, outcome: RenderOutcome): Promise<string[]> {
    const [clip] = await readClips([order.out]);
    const left = await readdir(order.folder);
    rmSync(order.out, { force: true });
    return [
      ...(outcome.kind === 'done' ? [] : [`it ended with ${JSON.stringify(outcome)}`]),
      ...(clip?.pixels === this.#pixels ? [] : ['the clip is not the same']),
      ...(this.#supervisor.pid === this.#pid ? [] : ['the worker did not survive']),
      ...left.map((file) => `${file} is left`),
    ];
  }
}

/** Renders until there, and takes away what was kept. */
async function stoppedAt(stop: Stop, order: RenderOrder, supervisor: Supervisor): Promise<Folder> {
  const cancel = new AbortController();
  const isThere = (progress: Progress) =>
    stop === 'decoding'
      ? progress.type === 'phase' && progress.phase === stop
      : progress.type === 'step' && progress.step === lastStep;
  const outcome = await supervisor.render(
    order,
    (progress) => {
      if (isThere(progress)) cancel.abort();
    },
    cancel.signal,
  );
  if (outcome.kind !== 'cancelled') throw new Error(`It was to be stopped: ${JSON.stringify(outcome)}`);
  const names = await readdir(order.folder);
  const files = new Map(names.map((name) => [name, readFileSync(join(order.folder, name))]));
  await rm(order.folder, { recursive: true });
  await mkdir(order.folder);
  return files;
}

/** The furthest state. */
function lastOf(kept: Folder): string {
  const steps = [...kept].map(([name, bytes]) => {
    const header: unknown = JSON.parse(bytes.subarray(8, headerOf(bytes)).toString());
    const { step } = (header as { __metadata__: { step: string } }).__metadata__;
    return { name, step: /latents/.test(name) ? Number.POSITIVE_INFINITY : Number(step) };
  });
  return steps.reduce((last, one) => (one.step > last.step ? one : last)).name;
}

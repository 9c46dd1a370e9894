/** The ways to read the prompt and to denoise on a card, with what each takes. */
import type { Placement, Plan } from '../../../contract/render.ts';
import { calculatedSteps } from '../../../contract/stepCache.ts';
import type { PlanDevice, PlanMachine } from './machine.ts';
import { compileSeconds, diskRate, passSeconds, textSeconds, transfers } from './speed.ts';
import { passesOf, type Work } from './work.ts';

export type Cuda = Extract<PlanDevice, { kind: 'cuda' }>;

const gib = 2 ** 30;

/** What the worker takes of the host's memory before it holds any weights. */
export const baseBytes = 2.2 * gib;

/** What a phase takes while it runs. */
export interface Use {
  seconds: number;
  allocated: number;
  /** What must be free: the allocator loses some between its pieces. */
  need: number;
  /** Of the host's memory, beside what the process takes anyway. */
  host: number;
  pinned: number;
}

export interface TextWay extends Use {
  placement: Placement;
}

type Storage = Plan['storage']['transformer'];

export interface DenoiseWay extends Use {
  placement: Placement;
  storage: Storage;
  guidance: Plan['guidance'];
  attention: Plan['attention'];
  compile: boolean;
  steps: Plan['steps'];
  /** Bytes of the denoiser's weights, as they are stored. */
  weights: number;
  /** Of a step that is calculated. */
  stepSeconds: number;
  /** On top of `seconds`. */
  compileSeconds: number;
  /** What stays on the card after the phase. */
  held: number;
  /** Of the host's memory, with the weights from when they are read to the end; `host` has it, too. */
  copied: number;
}

const inTurn: Placement = { kind: 'model-offload' };
const sequential: Placement = { kind: 'sequential' };
const grouped = (level: 'block' | 'leaf', stream: boolean, recordStream: boolean, pinnedBytes: number): Placement => ({
  kind: 'group-offload',
  ...{ level, stream, recordStream, pinnedBytes: Math.floor(pinnedBytes) },
});

/** Weights come from mapped files: the host holds a piece of them on its way, and caches the rest if it has room. */
const stagingBytes = 0.6 * gib;
/** Activations lose about this much between pieces of memory: 2B fits into 5.25 GiB where it grows, else into 5.6. */
const lost = ({ growing }: Cuda) => (growing ? 1.22 : 1.4);
/** Groups that are on the card at once: as the worker's placement/groups.py has it. */
const slots = { block: { recorded: 3, plain: 2 }, leaf: { recorded: 6, plain: 4 } } as const;
const slower = { staged: 1.07, fewerSlots: 1.03, block: 1.017, leaf: 1.006, inTurn: 1.05 } as const;

/**
 * Two page-locked pieces that groups pass through. The worker has none if the largest group with what is small in it, each
 * tensor at an address of its own kind, does not fit into one (placement/groups.py).
 */
const piecesFor = (group: number): number => Math.ceil(2 * (1.002 * group + 2 ** 16));

/** Seconds that a disk takes for weights which are wanted again and no longer in the host's cache. */
export function fromDisk({ host }: PlanMachine, weights: number, pinned: number, rounds: number): number {
  const cached = weights - pinned <= host.roomBytes - baseBytes - pinned;
  return cached ? 0 : (rounds * (weights - pinned)) / diskRate;
}

/** Seconds until so many bytes of weights are page-locked: copied first, or where they are. On an H100, in 0.08 s 3 GiB. */
const lockingSeconds = ({ host }: PlanMachine, weights: number, copied: number): number =>
  weights / (host.locksFiles && copied === 0 ? 4e10 : 4e9);

export function textWays(machine: PlanMachine, device: Cuda, work: Work): TextWay[] {
  const { textEncoder } = work.parameters;
  const prompts = passesOf(work.job);
  const bytes = work.textBytes;
  const calculating = textSeconds(device, work, prompts);
  // A wide layer's weight is there a second time, while it is calculated with.
  const activations = 0.1 * gib + (work.precision === 'float16' ? 4 * textEncoder.wide : 0);
  const block = work.textBlockBytes;
  const leaf = (textEncoder.leaf * bytes) / textEncoder.all;
  const copied = work.copied.text;
  const again = fromDisk(machine, bytes, copied, prompts - 1);
  const rest = bytes - textEncoder.layers * block;
  const streamed = room(device, slots.block.plain * block + rest, activations);
  const ways: TextWay[] = [
    {
      placement: inTurn,
      seconds: calculating + bytes / transfers.pageable(device),
      ...room(device, bytes, activations),
      host: stagingBytes + copied,
      pinned: 0,
    },
    {
      placement: grouped('block', true, false, piecesFor(block)),
      seconds: calculating + again + (prompts * bytes) / transfers.staged(device),
      ...streamed,
      host: stagingBytes + copied + piecesFor(block),
      pinned: piecesFor(block),
    },
    {
      placement: sequential,
      seconds: calculating + again + (prompts * bytes) / transfers.sequential(device),
      ...room(device, leaf, activations),
      host: stagingBytes + copied,
      pinned: 0,
    },
  ];
  // For a phase that is over at once it pays only where nothing has to be copied.
  if (machine.host.locksFiles && copied === 0 && bytes <= machine.host.pinnableBytes) {
    const arriving = (prompts * bytes) / transfers.locked(device);
    ways.push({
      placement: grouped('block', true, false, bytes),
      seconds: calculating + arriving + lockingSeconds(machine, bytes, copied),
      ...streamed,
      host: stagingBytes + bytes,
      pinned: bytes,
    });
  }
  return ways;
}

const room = (device: Cuda, weights: number, activations: number) => ({
  allocated: weights + activations,
  need: weights + lost(device) * activations,
});

/** Bytes of activations in a step, for so many prompts at once: proportional to the tokens, and a part that is not. */
export function activationBytes(work: Work, prompts: number, compiled: boolean): number {
  const tensor = work.tokens * work.width * work.itemBytes;
  return prompts * tensor * (compiled ? 7 : 5.9);
}

/** What the denoiser gave in the last two steps in which it ran, in float32. */
export const cachedBytes = (work: Work, steps: Plan['steps']): number =>
  steps === 'cached' ? 2 * 4 * work.latents : 0;

/** Tables and workspaces that a denoiser of that width needs whatever it is given. */
const fixedBytes = (work: Work): number => 0.05 * gib * (work.width / 1000) * (work.itemBytes / 2);

export function denoiseWays(machine: PlanMachine, device: Cuda, work: Work, extra: Inexact): DenoiseWay[] {
  const prompts = passesOf(work.job);
  const guidances: Plan['guidance'][] = prompts === 2 ? ['batched', 'sequential'] : ['batched'];
  const compiles = device.compiler ? [false, true] : [false];
  return guidances.flatMap((guidance) =>
    compiles.flatMap((compile) => placements(machine, device, work, { guidance, compile, ...extra })),
  );
}

/** What may change the picture. */
export type Inexact = Pick<Manner, 'storage' | 'attention' | 'steps'>;

interface Manner {
  guidance: Plan['guidance'];
  compile: boolean;
  storage: Storage;
  attention: Plan['attention'];
  steps: Plan['steps'];
}

/** Numbers on the wider side of what is multiplied as whole numbers at once: as the worker's eight_bits.py has it. */
const pieceNumbers = 2 ** 24;

/** Bytes that a product takes beside what goes in and comes out, for so many prompts at once. */
function besideProducts(work: Work, { storage, compile }: Manner, prompts: number): number {
  switch (storage) {
    case 'same':
      return 0;
    // The widest weight, in the precision that is calculated in.
    case 'int8':
      return work.parameters.transformer.leaf * work.itemBytes;
    // What goes in as steps, and sums of four bytes: piece by piece, or all, unless the compiler's kernel is the faster.
    case 'int8-products':
      return compile ? prompts * work.tokens * work.width * (1 + 4 * 4) : 5 * pieceNumbers;
    // The widest of what goes in, rounded; the card's kernel scales its sums before it writes them.
    case 'fp8-products':
      return prompts * work.tokens * work.width * 4;
  }
}

function placements(machine: PlanMachine, device: Cuda, work: Work, manner: Manner): DenoiseWay[] {
  const { parameters, job } = work;
  const denoiser = parameters.transformer;
  const prompts = passesOf(job);
  const atOnce = manner.guidance === 'batched' ? prompts : 1;
  const rounds = prompts / atOnce;
  const pass = passSeconds(device, work, atOnce, manner);
  const calculating = rounds * pass * (rounds > 1 ? slower.inTurn : 1);
  const positions = denoiser.positions * work.itemBytes;
  const eightBits = manner.storage !== 'same';
  const stored = (numbers: number, norms: number) =>
    eightBits ? numbers + norms * (work.itemBytes - 1) : numbers * work.itemBytes;
  const block = stored(denoiser.block, denoiser.norms / work.layers);
  const leaf = stored(denoiser.leaf, 0);
  // What is in no block, or too small to travel, stays on the card.
  const apart = (denoiser.all - work.layers * denoiser.block) * work.itemBytes + positions;
  const whole = work.layers * block + apart;
  // Eight bits are written into memory of their own, too.
  const copied = eightBits ? Math.max(work.copied.denoiser, denoiser.all - denoiser.norms) : work.copied.denoiser;
  const waiting = stagingBytes + copied;
  const activations = activationBytes(work, atOnce, manner.compile) + cachedBytes(work, manner.steps);
  const calculated = calculatedSteps(job.steps, manner.steps);
  const fixed = fixedBytes(work);
  const common = {
    storage: manner.storage,
    guidance: manner.guidance,
    attention: manner.attention,
    compile: manner.compile,
    steps: manner.steps,
    compileSeconds: manner.compile ? compileSeconds : 0,
    weights: whole - positions,
    copied,
  } as const;
  const way = (
    placement: Placement,
    stepSeconds: number,
    more: number,
    use: Pick<DenoiseWay, 'allocated' | 'need' | 'host' | 'pinned' | 'held'>,
  ): DenoiseWay => ({ ...common, placement, stepSeconds, seconds: calculated * stepSeconds + more, ...use });

  const leaving = (0.2 * whole) / transfers.pageable(device);
  const beside = besideProducts(work, manner, atOnce);
  const onCard = room(device, whole + beside, activations + fixed);
  const ways = [
    // Arriving from the disk takes longer than arriving on the card.
    way({ kind: 'resident' }, calculating, 0, { ...onCard, host: waiting, pinned: 0, held: whole }),
    way(inTurn, calculating, leaving, { ...onCard, host: waiting, pinned: 0, held: 0 }),
  ];
  // What is compiled is a block: its weights come and go outside of it.
  const levels = manner.compile ? (['block'] as const) : (['leaf', 'block'] as const);

  const streamed = (level: 'block' | 'leaf', recordStream: boolean, all: boolean) => {
    const group = level === 'block' ? block : leaf;
    const here = slots[level][recordStream ? 'recorded' : 'plain'] * group + apart + beside;
    const pinned = all ? whole : piecesFor(group);
    const arriving = (rounds * whole) / (all ? transfers.locked(device) : transfers.staged(device));
    const there = Math.max(arriving, fromDisk(machine, whole, Math.max(pinned, copied), rounds));
    const step = Math.max(
      calculating * slower[level] * (recordStream ? 1 : slower.fewerSlots) * (all ? 1 : slower.staged),
      there,
    );
    // Before the first step nothing is there to calculate with.
    const locking = (all ? lockingSeconds(machine, whole, copied) : 0) + group / transfers.staged(device);
    const use = { ...room(device, here, activations + fixed), host: waiting + pinned, pinned, held: 0 };
    return way(grouped(level, true, recordStream, pinned), step, locking, use);
  };
  for (const all of [true, false]) {
    for (const level of levels) {
      for (const recordStream of [true, false]) {
        const found = streamed(level, recordStream, all);
        if (found.pinned <= machine.host.pinnableBytes) ways.push(found);
      }
    }
  }
  if (manner.compile) return ways;
  const again = fromDisk(machine, whole, copied, rounds);
  const host = { host: waiting, pinned: 0, held: 0 };
  const fetching = again + (rounds * whole) / transfers.pageable(device);
  const one = room(device, block + apart + beside, activations + fixed);
  ways.push(way(grouped('block', false, false, 0), calculating + fetching, 0, { ...one, ...host }));
  const trickling = again + (rounds * whole) / transfers.sequential(device);
  const single = room(device, leaf + apart + beside, activations);
  ways.push(way(sequential, calculating + trickling, 0, { ...single, ...host }));
  return ways;
}

export const calmShare = 0.9;
/** The last tenth of a card is not for nothing: the allocator searches and waits in it. */
export const pressed = (device: Cuda, need: number): number =>
  1 + 0.3 * Math.max(0, Math.min(1, need / Math.max(device.roomBytes, 1)) - calmShare);

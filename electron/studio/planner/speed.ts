/**
 * How long work takes, from published figures of a card and a few shares of them that were measured: an H100's for
 * CogVideoX 2B and 5B (docs/planner.md), users' reports for the others.
 */
import type { Plan } from '../../../contract/render.ts';
import { isProducts, type ProductStorage, productNumbers } from '../../../contract/shortcut.ts';
import type { CardSpeed } from './cards.ts';
import { decodeHostBytes, type Slabs } from './decodeMemory.ts';
import type { PlanDevice } from './machine.ts';
import type { ConvolutionWork, Work } from './work.ts';

type Cuda = Extract<PlanDevice, { kind: 'cuda' }>;

/**
 * Times that a block reads or writes a tensor of activations outside of its products: by the worker's own kernels, by plain
 * ones, or by the compiler's.
 */
const traffic = { own: 25, plain: 102, compiled: 33 } as const;
/** The same for a decode, a number. */
const decodeTraffic = { own: 7.2, plain: 18 } as const;
/** What slabs of fewer pixels cost. */
const slabFactors = [1, 1.2, 1.2, 1.35, 1.6, 2.2, 3.2] as const;

/** What it costs when all histories wait in the host's memory, as long as there is enough to calculate. */
const historiesAway = 0.04;

/** Shares of a card's published rate that products and attention come to. */
function shares({ capability }: CardSpeed): { product: number; attention: number } {
  if (capability >= 10 && capability < 12) return { product: 0.6, attention: 0.4 };
  if (capability >= 9 && capability < 10) return { product: 0.65, attention: 0.4 };
  if (capability >= 8 && capability < 8.6) return { product: 0.73, attention: 0.58 };
  if (capability < 8) return { product: 0.7, attention: 0.4 };
  return { product: 0.8, attention: 0.8 };
}

/** In float32 the tensor cores stand still. */
function float32Share({ capability }: CardSpeed): number {
  if (capability < 7.5) return 1 / 7;
  if (capability < 8) return 1 / 4;
  return capability >= 8.6 && capability < 9 ? 1 / 2 : capability >= 12 ? 1 / 2 : 1 / 14;
}

const rateOf = ({ speed }: Cuda, itemBytes: number): number =>
  speed.halfRate * (itemBytes === 4 ? float32Share(speed) : 1);

/** No kernel in half precision comes nearer to a card's published rate. */
const highest = 0.85;

/**
 * The share of a card's rate that a kernel of attention comes to. Where cuDNN's leads by more than the card could, it is
 * torch's own that is slow: on Windows it is built without its fastest one. Eight bits may lead by more.
 */
function attentionShare(kernel: Plan['attention'], { speed, cudnnAttention, sageAttention }: Cuda): number {
  const usual = shares(speed).attention;
  const taken = cudnnAttention ?? 1;
  const own = Math.min(usual, Math.max(usual, highest) * taken);
  return { sdpa: own, cudnn: own / taken, sage: own / (sageAttention ?? 1) }[kernel];
}

/** The faster kernel of those that are exact. A lead that may be a flaw of measuring is none. */
export const exactAttention = ({ cudnnAttention }: Cuda): Plan['attention'] =>
  cudnnAttention !== null && cudnnAttention < 0.95 ? 'cudnn' : 'sdpa';

/** SageAttention gains something here on the exact kernels. A small lead is not worth the picture. */
export const gainsBySage = ({ cudnnAttention, sageAttention }: Cuda): boolean =>
  (sageAttention ?? 1) < 0.9 * Math.min(1, cudnnAttention ?? 1);

/** Of what is done around products in eight bits, a compiled block still takes so much: 1.59 s a step for 1.49 on an H100. */
const compiledAround = 0.12;

/** What products in eight bits take, of what they take in half precision; null: they cannot be made. */
function productShare({ eightBitProducts }: Cuda, stored: ProductStorage, compile: boolean): number | null {
  const share = eightBitProducts[productNumbers[stored]];
  if (share === null) return null;
  return compile ? share.bare + compiledAround * (share.whole - share.bare) : share.whole;
}

/**
 * The numbers of eight bits with which products take the least time here; null: they cannot be made. A small lead may be a
 * flaw of measuring, and whole numbers are nearer to the exact picture than floats.
 */
export function fastestProducts(device: Cuda): { storage: ProductStorage; share: number } | null {
  const [int8, fp8] = (['int8-products', 'fp8-products'] as const).map((storage) => {
    const share = productShare(device, storage, device.compiler);
    return share === null ? null : { storage, share };
  });
  if (fp8 == null) return int8 ?? null;
  return int8 == null || fp8.share < 0.95 * int8.share ? fp8 : int8;
}

/** Products in eight bits gain something here. A small lead is not worth the picture, either. */
export const gainsByProducts = (device: Cuda): boolean => (fastestProducts(device)?.share ?? 1) < 0.9;

/** Seconds of the products of one pass, for one prompt. In eight bits they take the same in every precision. */
function productSeconds(device: Cuda, { pass, itemBytes }: Work, { storage, compile }: Manner): number {
  const { product } = shares(device.speed);
  return isProducts(storage)
    ? (pass.linear / (device.speed.halfRate * product)) * (productShare(device, storage, compile) ?? 1)
    : pass.linear / (rateOf(device, itemBytes) * product);
}

type Manner = Pick<Plan, 'compile' | 'attention'> & { storage: Plan['storage']['transformer'] };

/** Seconds of one pass of the denoiser, its weights at hand. `prompts`: for how many at once. */
export function passSeconds(device: PlanDevice, work: Work, prompts: number, manner: Manner): number {
  const { pass, itemBytes } = work;
  if (device.kind === 'cpu') return (prompts * (pass.linear + pass.attention)) / processorRate(device.cores);
  const rate = rateOf(device, itemBytes);
  const moved = pass.traffic * traffic[manner.compile ? 'compiled' : device.kernels ? 'own' : 'plain'];
  const attending = pass.attention / (rate * attentionShare(manner.attention, device));
  return prompts * (productSeconds(device, work, manner) + attending + moved / device.speed.bandwidth);
}

/** Operations a second of a processor, cautiously. */
const processorRate = (cores: number): number => 6e10 * Math.max(1, cores);
/** Decoding moves more memory for its operations. */
const processorConvolutions = 0.7;

function convolutionSeconds(device: PlanDevice, work: ConvolutionWork, itemBytes: number): number {
  if (device.kind === 'cpu') return work.operations / (processorRate(device.cores) * processorConvolutions);
  const { product } = shares(device.speed);
  const moved = work.numbers * itemBytes * (device.kernels ? decodeTraffic.own : decodeTraffic.plain);
  return work.operations / (rateOf(device, itemBytes) * 0.91 * product) + moved / device.speed.bandwidth;
}

/** Seconds of a decode in slabs of `slabPixels[slab]` pixels; null: whole maps. */
export function decodeSeconds(device: PlanDevice, work: Work, slab: number | null, slabs: Slabs | null): number {
  const calculating = convolutionSeconds(device, work.decodeWork, work.itemBytes);
  if (device.kind === 'cpu' || slab === null || slabs === null) return calculating;
  const { batches, histories, itemBytes } = work.decode;
  const waiting = decodeHostBytes(work.decode, slabs);
  const away = histories === 0 ? 0 : waiting / (histories * itemBytes);
  // What waits in the host's memory goes there and comes back with every batch, both at once.
  const there = (waiting * (batches.length - 1)) / device.speed.link;
  return Math.max(calculating * (slabFactors[slab] ?? 1) * (1 + historiesAway * away), there);
}

export const pictureSeconds = (device: PlanDevice, work: Work): number =>
  work.encodeWork === null ? 0 : convolutionSeconds(device, work.encodeWork, work.itemBytes) * 1.5;

/** Seconds that the text encoder calculates for both prompts. */
export function textSeconds(device: PlanDevice, work: Work, prompts: number): number {
  const operations = 2 * work.parameters.textEncoder.all * work.textTokens * prompts;
  if (device.kind === 'cpu') return operations / processorRate(device.cores);
  return operations / (rateOf(device, work.itemBytes) * shares(device.speed).product);
}

/** How weights come to the card, in bytes a second. */
export const transfers = {
  locked: ({ speed }: Cuda) => speed.link,
  /** Copied into a page-locked piece first. */
  staged: ({ speed }: Cuda) => Math.min(speed.link, 6e9),
  pageable: ({ speed }: Cuda) => 0.45 * speed.link,
  /** Layer by layer, each waited for. */
  sequential: ({ speed }: Cuda) => Math.min(3.25e9, 0.27 * speed.link),
} as const;

/** What a disk gives, in bytes a second: a middling one, nothing in its cache. */
export const diskRate = 1.5e9;
/** Compiling the blocks of a denoiser, when nothing of it is on disk yet. */
export const compileSeconds = 18;

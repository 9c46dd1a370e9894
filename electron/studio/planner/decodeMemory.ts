/** What memory a decode in slabs takes, as the worker's decode/peak.py reckons it. */
import {
  batches,
  type Count,
  type Decoder,
  keptHistories,
  type LatentSize,
  mapMemory,
  rawOf,
  resultOf,
  rowsOf,
  type Stage,
  slabElements,
  stagesOf,
  windowOf,
} from './decoder.ts';

/** What cuDNN and cuBLAS take for themselves on a card. */
export const librariesBytes = 48 * 2 ** 20;
/** Pixels that a slab may have, the fastest first. */
export const slabPixels = [18, 17, 16, 15, 14, 13, 12].map((power) => 2 ** power);
/** Numbers of a map that the kernels measure together. */
const part = 2 ** 15;

export interface Slabs {
  rows: number;
  residentBytes: number;
}

/** One video to decode: its stages and what does not depend on the slabs, reckoned once. */
export interface Decode {
  stages: readonly Stage[];
  batches: readonly number[];
  latents: LatentSize;
  itemBytes: number;
  /** Numbers in all histories, and bytes of them that can stay on the device, ascending from none to all. */
  histories: number;
  residents: readonly number[];
  /** Bytes that are there whatever the slabs: latents, maps, pictures. */
  fixed: number;
}

export function decodeOf(decoder: Decoder, latents: LatentSize, itemBytes: number): Decode {
  const parts = batches(latents.frames);
  const stages = stagesOf(decoder, { ...latents, frames: parts[0] ?? 1 });
  const several = parts.length > 1;
  const last = stages.at(-1);
  const all = 2 * decoder.latent * latents.frames * latents.height * latents.width;
  // The frames of a batch are still looked at when the next are calculated.
  const pictures = last === undefined ? 0 : (several ? 2 : 1) * resultOf(last);
  const [one, other] = mapMemory(stages);
  const kept = several ? keptHistories(stages) : [0];
  return {
    stages,
    batches: parts,
    latents,
    itemBytes,
    histories: kept.at(-1) ?? 0,
    residents: kept.map((numbers) => numbers * itemBytes),
    fixed: (all + one + other + pictures) * itemBytes,
  };
}

/** The height of a slab of so many pixels. */
export function rowsFor(decode: Decode, pixels: number): number {
  const last = decode.stages.at(-1);
  return last === undefined ? 1 : Math.max(Math.floor(pixels / (last.frames * last.width)), 1);
}

/** The most that is allocated at once, without the weights and `librariesBytes`, and without histories. */
export const slabBytes = (decode: Decode, rows: number): number =>
  bytesOf(decode, slabElements(decode.stages, rows), Math.floor);

/** As much or a little more, for every height of so many pixels: a larger video never seems to need less. */
export function slabBound(decode: Decode, pixels: number): number {
  const last = decode.stages.at(-1);
  if (last === undefined) return 0;
  return bytesOf(decode, Math.max(pixels, last.frames * last.width) * last.inputs, (rows) => rows);
}

function bytesOf({ stages, itemBytes, fixed }: Decode, elements: number, count: Count): number {
  const first = stages[0];
  if (first === undefined) return 0;
  let windows = 0;
  let working = 0;
  for (const stage of stages) {
    const height = rowsOf(stage, elements, count);
    if (stage.kind !== 'up') windows = Math.max(windows, windowOf(stage, height, count));
    working = Math.max(working, workingOf(stage, height, first, itemBytes, count));
  }
  return fixed + 2 * windows * itemBytes + working;
}

/** Histories that stay on the device within `residentBytes`. */
export const residentHistories = ({ residents }: Decode, residentBytes: number): number =>
  residents.findLast((bytes) => bytes <= residentBytes) ?? 0;

export const decodePeakBytes = (decode: Decode, { rows, residentBytes }: Slabs): number =>
  slabBytes(decode, rows) + residentHistories(decode, residentBytes);

/** What it takes of the host's page-locked memory: histories that may not stay on the device. */
export const decodeHostBytes = (decode: Decode, { residentBytes }: Pick<Slabs, 'residentBytes'>): number =>
  decode.histories * decode.itemBytes - residentHistories(decode, residentBytes);

/** What exists while one slab is calculated. `latents`: a stage of their size. */
function workingOf(stage: Stage, rows: number, latents: Stage, itemBytes: number, count: Count): number {
  const raw = rawOf(stage, rows, count);
  const statistics = (Math.floor(raw / part) + 1) * 3 * stage.outputs * 4;
  if (stage.kind === 'up') {
    const weights = 16 * stage.inputs * stage.outputs;
    return (raw + windowOf(stage, rows, count) + weights) * itemBytes + statistics;
  }
  const weights = 27 * stage.inputs * stage.outputs;
  // Two of them: one is made while the one before is still there.
  const modulation = 2 * 2 * latents.frames * latents.height * latents.width * stage.inputs;
  // Without kernels of the worker's own one frame of the slab is calculated in float32.
  const side = Math.floor(stage.width / latents.width);
  const known = 4 * (rows + 1) + 2 * (count(rows / side) + 2);
  const filling = 4 * stage.inputs * ((rows + 1) * stage.width + known * latents.width);
  const settling = raw * itemBytes + 4 * stage.outputs * rows * stage.width + statistics;
  return (weights + modulation) * itemBytes + Math.max(filling, settling);
}

/**
 * The arithmetic of a decode in slabs, as the worker's decode/geometry.py has it: which convolutions there are, which rows
 * they take. A test holds the two to the same figures.
 */

/** Frames that a convolution over three frames needs from the batch before. */
const history = 2;
/** Latent frames of a batch. */
const together = 2;

/** A decoder: channels from the coarsest level to the finest, and in how many upsamplings time doubles too. */
export interface Decoder {
  latent: number;
  channels: readonly number[];
  layers: number;
  doublings: number;
  pictures: number;
}

export type StageKind = 'in' | 'first' | 'second' | 'up' | 'out';

/** One convolution of one batch; sizes are those of what it gives. */
export interface Stage {
  kind: StageKind;
  inputs: number;
  outputs: number;
  frames: number;
  height: number;
  width: number;
}

/** Of a video in latents. */
export interface LatentSize {
  frames: number;
  height: number;
  width: number;
}

/** Numbers in what the stage must keep for the next batch. */
export const historyOf = (stage: Stage): number =>
  stage.kind === 'up' ? 0 : history * stage.height * stage.width * stage.inputs;

/** Numbers in what it gives. */
export const resultOf = (stage: Stage): number => stage.frames * stage.height * stage.width * stage.outputs;

/** How rows are counted: whole ones, or for a bound that does not jump from size to size, parts of them too. */
export type Count = (rows: number) => number;

/** Rows to a slab of about so many numbers, counted in what comes out, but of the last one in what goes in. */
export function rowsOf(stage: Stage, elements: number, count: Count = Math.floor): number {
  const channels = stage.kind === 'out' ? stage.inputs : stage.outputs;
  const rows = Math.min(Math.max(count(elements / (stage.frames * stage.width * channels)), 1), stage.height);
  return stage.kind === 'up' ? Math.max(count(rows / 2) * 2, 2) : rows;
}

/** Numbers in the window of a slab of so many rows. */
export const windowOf = (stage: Stage, rows: number, count: Count = Math.floor): number =>
  stage.kind === 'up'
    ? stage.frames * (count(rows / 2) + 2) * Math.floor(stage.width / 2) * stage.inputs
    : (stage.frames + history) * (rows + 2) * stage.width * stage.inputs;

/** Numbers that the convolution gives for a slab of so many rows. */
export const rawOf = (stage: Stage, rows: number, count: Count = Math.floor): number =>
  stage.kind === 'up'
    ? stage.frames * (count(rows / 2) + 1) * (Math.floor(stage.width / 2) + 1) * 4 * stage.outputs
    : stage.frames * rows * stage.width * (Math.ceil(stage.outputs / 8) * 8);

/** The latent frames of each batch: two, and in the first batch also the odd one. */
export function batches(frames: number): number[] {
  const odd = frames % together;
  const count = Math.max(Math.floor(frames / together), 1);
  return Array.from({ length: count }, (_, index) =>
    index === 0 ? Math.min(together + odd, frames) : Math.min(together, frames - together * index - odd),
  );
}

/** Frames after an upsampling over time: the first of an odd number stays alone. */
const doubled = (frames: number) => (frames === 1 ? 1 : 2 * frames - (frames % 2));

/** Every convolution of a batch of latents, in the order in which they run. */
export function stagesOf(decoder: Decoder, batch: LatentSize): Stage[] {
  let { frames, height, width } = batch;
  let channels = decoder.channels[0] ?? 0;
  const stages: Stage[] = [];
  const add = (kind: StageKind, inputs: number, outputs: number) =>
    stages.push({ kind, inputs, outputs, frames, height, width });
  const block = (inputs: number, outputs: number) => {
    add('first', inputs, outputs);
    add('second', outputs, outputs);
  };
  add('in', decoder.latent, channels);
  block(channels, channels);
  block(channels, channels);
  for (const [level, outputs] of decoder.channels.entries()) {
    for (let index = 0; index < decoder.layers; index += 1) {
      block(channels, outputs);
      channels = outputs;
    }
    if (level === decoder.channels.length - 1) continue;
    if (level < decoder.doublings) frames = doubled(frames);
    height *= 2;
    width *= 2;
    add('up', channels, channels);
  }
  add('out', channels, decoder.pictures);
  return stages;
}

/** How many numbers a slab may hold: `rows` rows of the map that the last convolution takes. */
export function slabElements(stages: readonly Stage[], rows: number): number {
  const last = stages.at(-1);
  return last === undefined ? 0 : rows * last.frames * last.width * last.inputs;
}

/** Numbers in the two pieces of memory that hold the maps of a batch, the first map in the first of them. */
export function mapMemory(stages: readonly Stage[]): [number, number] {
  const sizes: [number, number] = [0, 0];
  let at: 0 | 1 = 1;
  for (const stage of stages.slice(0, -1)) {
    if (stage.kind === 'second') continue;
    const other: 0 | 1 = at === 0 ? 1 : 0;
    sizes[other] = Math.max(sizes[other], resultOf(stage));
    if (stage.kind !== 'first' || stage.inputs !== stage.outputs) at = other;
  }
  return sizes;
}

/** Numbers in the histories of a batch that can stay on the device, the small ones first: none, one, two, up to all. */
export function keptHistories(stages: readonly Stage[]): number[] {
  const kept = [0];
  let sum = 0;
  for (const size of stages.map(historyOf).sort((a, b) => a - b)) {
    if (size === 0) continue;
    sum += size;
    kept.push(sum);
  }
  return kept;
}

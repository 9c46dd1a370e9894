import { z } from 'zod';
import { ModelArchitecture } from '../../../contract/model.ts';
import type { Plan } from '../../../contract/render.ts';
import type { Decoder } from './decoder.ts';

/** Numbers in the weights of each component, and how the denoiser's are divided. */
export interface Parameters {
  textEncoder: {
    all: number;
    layers: number;
    /** One block: what is on the device at a time when it is offloaded by blocks. */
    block: number;
    /** The largest single layer. */
    leaf: number;
    /** The largest layer that calculates in float32 where the others do in float16. */
    wide: number;
  };
  transformer: {
    all: number;
    block: number;
    leaf: number;
    /** Layers that keep their precision when the others are stored in eight bits. */
    norms: number;
    /** The table of positions, which is no weight but lies beside them. */
    positions: number;
  };
  vae: { encoder: number; decoder: number };
}

const counted = new WeakMap<ModelArchitecture, Parameters>();

export function parametersOf(architecture: ModelArchitecture): Parameters {
  const known = counted.get(architecture) ?? count(architecture);
  counted.set(architecture, known);
  return known;
}

function count({ transformer, vae, textEncoder }: ModelArchitecture): Parameters {
  return {
    textEncoder: textParameters(textEncoder),
    transformer: denoiserParameters(transformer),
    vae: vaeParameters(vae),
  };
}

export const widthOf = ({ heads, headWidth }: ModelArchitecture['transformer']): number => heads * headWidth;

function textParameters(t: ModelArchitecture['textEncoder']): Parameters['textEncoder'] {
  const inner = t.width * t.innerWidth;
  const block = 4 * t.width * t.heads * t.headWidth + (t.gated ? 3 : 2) * inner + 2 * t.width;
  const shared = t.vocabulary * t.width;
  return {
    all: shared + t.layers * block + t.buckets * t.heads + t.width,
    layers: t.layers,
    block,
    leaf: Math.max(shared, inner),
    wide: inner,
  };
}

function denoiserParameters(t: ModelArchitecture['transformer']): Parameters['transformer'] {
  const d = widthOf(t);
  const linear = (from: number, to: number) => from * to + to;
  const norm = linear(t.timeWidth, 6 * d) + 2 * d;
  const block = 2 * norm + 4 * linear(d, d) + 4 * t.headWidth + linear(d, 4 * d) + linear(4 * d, d);
  const volume = t.patch ** 2 * (t.patchFrames ?? 1);
  const embedding = linear(t.inChannels * volume, d) + linear(t.textWidth, d);
  const time = linear(d, t.timeWidth) + linear(t.timeWidth, t.timeWidth);
  const offset = t.offsetWidth === null ? 0 : 2 * linear(t.offsetWidth, t.offsetWidth);
  const end = 2 * d + linear(t.timeWidth, 2 * d) + 2 * d + linear(d, t.outChannels * volume);
  const frames = (t.sample.frames - 1) / 4 + 1;
  const patches = Math.floor(t.sample.width / t.patch) * Math.floor(t.sample.height / t.patch) * Math.ceil(frames);
  return {
    all: t.layers * block + embedding + time + offset + end,
    block,
    leaf: 4 * d * d,
    norms: 2 * t.layers * norm,
    positions: t.rotary && !t.learnedPositions ? 0 : (patches + t.textTokens) * d,
  };
}

function vaeParameters(v: ModelArchitecture['vae']): Parameters['vae'] {
  const convolution = (from: number, to: number) => 27 * from * to + to;
  const flat = (from: number, to: number) => 9 * from * to + to;
  const shortcut = (from: number, to: number) => (from === to ? 0 : from * to + to);
  const spatial = (channels: number) => 2 * channels + 2 * (v.latentChannels * channels + channels);
  const plain = (channels: number) => 2 * channels;
  const block = (norm: (channels: number) => number, from: number, to: number) =>
    norm(from) + convolution(from, to) + norm(to) + convolution(to, to) + shortcut(from, to);

  const levels = (norm: (channels: number) => number, channels: readonly number[], layers: number) => {
    let before = channels[0] ?? 0;
    let sum = 0;
    for (const [level, after] of channels.entries()) {
      for (let index = 0; index < layers; index += 1) {
        sum += block(norm, before, after);
        before = after;
      }
      if (level < channels.length - 1) sum += flat(after, after);
    }
    return sum;
  };
  const coarse = v.channels.at(-1) ?? 0;
  const fine = v.channels[0] ?? 0;
  const middle = (norm: (channels: number) => number) => 2 * block(norm, coarse, coarse);
  return {
    encoder:
      convolution(v.pictureChannels, fine) +
      levels(plain, v.channels, v.layersPerBlock) +
      middle(plain) +
      plain(coarse) +
      convolution(coarse, 2 * v.latentChannels),
    decoder:
      convolution(v.latentChannels, coarse) +
      middle(spatial) +
      levels(spatial, [...v.channels].reverse(), v.layersPerBlock + 1) +
      spatial(fine) +
      convolution(fine, v.pictureChannels),
  };
}

/** The decoder as the worker's own reading of the configuration has it. */
export const decoderOf = ({ vae }: ModelArchitecture): Decoder => ({
  latent: vae.latentChannels,
  channels: [...vae.channels].reverse(),
  layers: vae.layersPerBlock + 1,
  doublings: Math.floor(Math.log2(vae.framesPerLatent)),
  pictures: vae.pictureChannels,
});

/** Precisions in which the model gives pictures, the best first. The rotary ones give black frames in float16. */
export const precisionsOf = ({ transformer }: ModelArchitecture): Plan['precision'][] =>
  transformer.rotary ? ['bfloat16', 'float32'] : ['float16', 'bfloat16', 'float32'];

const whole = z.int().min(1);
const TransformerConfig = z.object({
  num_layers: whole.default(30),
  num_attention_heads: whole.default(30),
  attention_head_dim: whole.default(64),
  max_text_seq_length: whole.default(226),
  text_embed_dim: whole.default(4096),
  time_embed_dim: whole.default(512),
  in_channels: whole.default(16),
  out_channels: whole.nullish().transform((value) => value ?? 16),
  patch_size: whole.default(2),
  patch_size_t: whole.nullish().transform((value) => value ?? null),
  use_rotary_positional_embeddings: z.boolean().default(false),
  use_learned_positional_embeddings: z.boolean().default(false),
  ofs_embed_dim: whole.nullish().transform((value) => value ?? null),
  sample_width: whole.default(90),
  sample_height: whole.default(60),
  sample_frames: whole.default(49),
});
const VaeConfig = z.object({
  latent_channels: whole.default(16),
  out_channels: whole.default(3),
  block_out_channels: z.array(whole).min(1).default([128, 256, 256, 512]),
  layers_per_block: whole.default(3),
  temporal_compression_ratio: whole.default(4),
});
const TextConfig = z.object({
  num_layers: whole,
  d_model: whole,
  num_heads: whole,
  d_kv: whole,
  d_ff: whole,
  vocab_size: whole,
  relative_attention_num_buckets: whole.default(32),
  feed_forward_proj: z.string().default('gated-gelu'),
});

/** What a folder's three configuration files say; null when they do not describe such a model. */
export function architectureOf(config: {
  transformer: unknown;
  vae: unknown;
  textEncoder: unknown;
}): ModelArchitecture | null {
  const t = TransformerConfig.safeParse(config.transformer).data;
  const v = VaeConfig.safeParse(config.vae).data;
  const e = TextConfig.safeParse(config.textEncoder).data;
  if (t === undefined || v === undefined || e === undefined) return null;
  return (
    ModelArchitecture.safeParse({
      transformer: {
        ...{ layers: t.num_layers, heads: t.num_attention_heads, headWidth: t.attention_head_dim },
        ...{ textTokens: t.max_text_seq_length, textWidth: t.text_embed_dim, timeWidth: t.time_embed_dim },
        ...{ inChannels: t.in_channels, outChannels: t.out_channels, patch: t.patch_size, patchFrames: t.patch_size_t },
        rotary: t.use_rotary_positional_embeddings,
        learnedPositions: t.use_learned_positional_embeddings,
        offsetWidth: t.ofs_embed_dim,
        sample: { width: t.sample_width, height: t.sample_height, frames: t.sample_frames },
      },
      vae: {
        latentChannels: v.latent_channels,
        pictureChannels: v.out_channels,
        channels: v.block_out_channels,
        layersPerBlock: v.layers_per_block,
        framesPerLatent: v.temporal_compression_ratio,
      },
      textEncoder: {
        ...{ layers: e.num_layers, width: e.d_model, heads: e.num_heads, headWidth: e.d_kv, innerWidth: e.d_ff },
        ...{ vocabulary: e.vocab_size, buckets: e.relative_attention_num_buckets },
        gated: e.feed_forward_proj.startsWith('gated'),
      },
    }).data ?? null
  );
}

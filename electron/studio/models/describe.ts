import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { z } from 'zod';
import type { Model } from '../../../contract/model.ts';
import type { Task } from '../../../contract/render.ts';

/** What a folder holds: a model, or the reason why it cannot be used. */
export type Found = { kind: 'model'; model: Model } | { kind: 'refused'; folder: string; sentence: string };

const tasks: Record<string, Task> = {
  CogVideoXPipeline: 'text-to-video',
  CogVideoXImageToVideoPipeline: 'image-to-video',
};

const ModelIndex = z.object({ _class_name: z.string() });
const TransformerConfig = z.object({
  patch_size: z.int().min(1).default(2),
  sample_width: z.int().min(1),
  sample_height: z.int().min(1),
  sample_frames: z.int().min(1),
  temporal_compression_ratio: z.int().min(1).default(4),
  use_learned_positional_embeddings: z.boolean().default(false),
});
const VaeConfig = z.object({ block_out_channels: z.array(z.int()).min(1) });

/** A diffusers folder without our own description: what its configuration files say, with the field's usual settings. */
export async function describeFolder(folder: string): Promise<Found> {
  const index = await readJson(join(folder, 'model_index.json'), ModelIndex);
  const refused = (sentence: string): Found => ({ kind: 'refused', folder, sentence });
  if (index === null) return refused(`${folder} holds no model: there is no readable model_index.json in it.`);
  const task = tasks[index._class_name];
  if (task === undefined) {
    return refused(`${folder} holds a ${index._class_name}. This Reelwright runs CogVideoX models.`);
  }
  const transformer = await readJson(join(folder, 'transformer', 'config.json'), TransformerConfig);
  const vae = await readJson(join(folder, 'vae', 'config.json'), VaeConfig);
  if (transformer === null || vae === null) {
    return refused(
      `${folder} is incomplete: transformer/config.json or vae/config.json is missing or damaged. Get the model again.`,
    );
  }
  const scale = 2 ** (vae.block_out_channels.length - 1);
  return {
    kind: 'model',
    model: {
      id:
        basename(folder)
          .toLowerCase()
          .replace(/[^a-z0-9.-]+/g, '-')
          .replace(/^[^a-z0-9]+/, '')
          .slice(0, 64) || 'model',
      name: basename(folder),
      note: 'A model from your own disk.',
      licence: 'See the model’s own licence.',
      family: 'cogvideox',
      task,
      defaults: {
        width: transformer.sample_width * scale,
        height: transformer.sample_height * scale,
        frames: transformer.sample_frames,
        fps: 8,
        steps: 50,
        guidance: 6,
        scheduler: 'dpm',
      },
      shape: {
        sideMultiple: scale * transformer.patch_size,
        // The VAE decodes two latent frames at a time: other lengths come out longer than asked.
        framesMultiple: 2 * transformer.temporal_compression_ratio,
        maxFrames: transformer.sample_frames,
        ...(transformer.use_learned_positional_embeddings ? { fixedSize: true } : {}),
      },
      files: [],
      folder,
      verified: false,
    },
  };
}

async function readJson<T>(file: string, schema: z.ZodType<T>): Promise<T | null> {
  const text = await readFile(file, 'utf8').catch(() => null);
  if (text === null) return null;
  try {
    return schema.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}

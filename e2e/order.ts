import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { RenderSettings } from '../contract/render.ts';
import type { RenderOrder } from '../contract/worker.ts';
import { plainPlan } from '../electron/studio/planner/plain.ts';
import { root } from './cli.ts';

/** A small clip of the starter model, ordered of a worker itself. What it keeps and the clip are in `folder`. */
export async function orderIn(
  folder: string,
  jobId: string,
  settings: Partial<RenderSettings> = {},
): Promise<RenderOrder> {
  const kept = join(folder, jobId);
  await mkdir(kept);
  return {
    jobId,
    folder: kept,
    cache: null,
    model: { folder: join(root, 'resources/models/paper-world'), family: 'cogvideox', task: 'text-to-video' },
    settings: {
      ...{ prompt: 'a pink star', negativePrompt: '', image: null, width: 96, height: 64, frames: 9, fps: 8 },
      ...{ steps: 8, guidance: 3, scheduler: 'dpm', seed: 3 },
      ...settings,
    },
    plan: plainPlan('cpu', 'float32'),
    out: join(folder, `${jobId}.mp4`),
    overwrite: false,
    metadata: '{}',
    poster: null,
    acceptFrames: false,
    preview: false,
  };
}

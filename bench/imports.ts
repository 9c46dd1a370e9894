import { join } from 'node:path';
import { execa } from 'execa';
import { BoundedLog, Supervisor } from '../electron/studio/sidecar/index.ts';
import { percentile } from './report.ts';
import { root } from './root.ts';

export interface Imports {
  runs: number;
  /** Median seconds from the start of the process. */
  torch: number;
  worker: number;
  pipeline: number;
}

/** Times three processes in turn, so that a slow minute of the machine falls on all of them. */
export async function measureImports(python: string, runs = 5): Promise<Imports> {
  const times: Record<'torch' | 'worker' | 'pipeline', number[]> = { torch: [], worker: [], pipeline: [] };
  for (let run = 0; run <= runs; run += 1) {
    const torch = await seconds(() => execa(python, ['-c', 'import torch']));
    const worker = await seconds(() => untilReady(python));
    const pipeline = await seconds(() => execa(python, ['-c', 'from diffusers import CogVideoXPipeline']));
    if (run === 0) continue; // Fills the disk cache.
    times.torch.push(torch);
    times.worker.push(worker);
    times.pipeline.push(pipeline);
  }
  const median = (values: readonly number[]) => percentile(values, 0.5);
  return { runs, torch: median(times.torch), worker: median(times.worker), pipeline: median(times.pipeline) };
}

async function untilReady(python: string): Promise<void> {
  const log = new BoundedLog(join(root, 'dist', 'bench-worker.log'));
  const supervisor = new Supervisor({ python, sidecar: join(root, 'python-sidecar'), log });
  await supervisor.ready();
  void supervisor.dispose(0);
}

async function seconds(task: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await task();
  return (performance.now() - begun) / 1000;
}

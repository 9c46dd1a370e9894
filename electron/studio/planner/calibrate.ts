import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Model } from '../../../contract/model.ts';
import type { CalibrationRun, PlanQuery } from '../../../contract/plan.ts';
import type { Progress, RenderOrder, RenderOutcome } from '../../../contract/worker.ts';
import { type Trial, trialSteps } from './calibration.ts';
import type { Planner } from './planner.ts';

export interface CalibrationParts {
  planner: Pick<Planner, 'trials' | 'begin' | 'finished'>;
  render(order: RenderOrder, onProgress: (progress: Progress) => void, signal: AbortSignal): Promise<RenderOutcome>;
  /** A folder of its own, which is gone afterwards. */
  folder: string;
}

/**
 * Makes a few short clips by the plans that may be the best here, and lets the planner learn from them. Nothing is kept
 * but figures. Whenever it is aborted, what was measured until then counts.
 */
export async function calibrate(
  { planner, render, folder }: CalibrationParts,
  model: Model,
  query: PlanQuery,
  signal: AbortSignal,
  onRun: (run: CalibrationRun, number: number, of: number) => void,
): Promise<CalibrationRun[]> {
  const found = await planner.trials(query, model);
  const runs: CalibrationRun[] = [];
  const clear = () => rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  try {
    // What a killed one left would be gone on with, and nothing be measured.
    await clear();
    await mkdir(folder, { recursive: true });
    const image = model.task === 'image-to-video' ? await plainPicture(folder, query) : null;
    for (const [index, trial] of found.entries()) {
      if (signal.aborted) break;
      const order = orderOf(trial, model, query, { folder: join(folder, String(index)), image });
      await mkdir(order.folder, { recursive: true });
      await planner.begin(order.jobId, query, model, trial);
      const paces: number[] = [];
      const outcome = await render(
        order,
        (progress) => {
          if (progress.type === 'step' && progress.phase === 'denoising') paces.push(progress.seconds);
        },
        signal,
      );
      planner.finished(order, outcome);
      const result = resultOf(outcome, paces);
      if (result === null) break;
      const { plan, reasons, prediction } = trial.way;
      const run: CalibrationRun = { plan, reasons, prediction, expected: trial.expected, result };
      runs.push(run);
      onRun(run, index + 1, found.length);
      // What is broken does not become better by being tried again.
      if (result.kind === 'failed') break;
    }
    return runs;
  } finally {
    await clear();
  }
}

function resultOf(outcome: RenderOutcome, paces: readonly number[]): CalibrationRun['result'] | null {
  switch (outcome.kind) {
    case 'cancelled':
      return null;
    case 'failed': {
      const { failure } = outcome;
      const memory = failure.cause === 'device-memory' || failure.cause === 'host-memory';
      return memory ? { kind: 'too-large', phase: failure.phase } : { kind: 'failed', failure };
    }
    case 'done': {
      // The first step waits for what the others find ready.
      const [middle = 0] = [...(paces.length > 1 ? paces.slice(1) : paces)]
        .sort((a, b) => a - b)
        .slice(Math.floor((paces.length - 1) / 2));
      const { phaseSeconds, phasePeaks } = outcome;
      return { kind: 'measured', stepSeconds: middle, seconds: phaseSeconds, peaks: phasePeaks };
    }
  }
}

function orderOf(
  { way: { plan } }: Trial,
  model: Model,
  query: PlanQuery,
  { folder, image }: { folder: string; image: string | null },
): RenderOrder {
  const { width, height, frames, guidance } = query;
  return {
    jobId: `calibration ${folder}`,
    folder,
    // Reading the prompt is measured, too.
    cache: null,
    model: { folder: model.folder, family: model.family, task: model.task },
    settings: {
      ...{ prompt: 'a red balloon over green hills', negativePrompt: '', image, width, height, frames, guidance },
      ...{
        fps: model.defaults.fps,
        steps: Math.min(query.steps, trialSteps),
        scheduler: model.defaults.scheduler,
        seed: 1,
      },
    },
    plan,
    out: join(folder, 'clip.mp4'),
    ...{ overwrite: true, metadata: '{}', poster: null, acceptFrames: true, preview: false },
  };
}

async function plainPicture(folder: string, { width, height }: PlanQuery): Promise<string> {
  const { default: sharp } = await import('sharp');
  const file = join(folder, 'picture.png');
  await sharp({ create: { width, height, channels: 3, background: '#7090b0' } })
    .png()
    .toFile(file);
  return file;
}

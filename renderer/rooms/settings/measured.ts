import type { MeasuredPhase } from '../../../contract/plan.ts';

export interface MeasuredModel {
  model: string;
  device: string;
  clips: number;
  /** Of a whole clip. */
  seconds: number;
  predictedSeconds: number;
}

/** The phases of each model and device as one clip. Loading is left out: a model that stays loaded takes none. */
export function measuredModels(phases: readonly MeasuredPhase[]): MeasuredModel[] {
  const models = new Map<string, MeasuredModel>();
  for (const { model, device, phase, clips, seconds, predictedSeconds } of phases) {
    if (phase === 'loading') continue;
    const key = JSON.stringify([model, device]);
    const before = models.get(key) ?? { model, device, clips: 0, seconds: 0, predictedSeconds: 0 };
    models.set(key, {
      ...before,
      clips: Math.max(before.clips, clips),
      seconds: before.seconds + seconds,
      predictedSeconds: before.predictedSeconds + predictedSeconds,
    });
  }
  return [...models.values()];
}

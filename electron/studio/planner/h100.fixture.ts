import type { Placement } from '../../../contract/render.ts';
import { type DenoiseWay, denoiseWays } from './candidates.ts';
import { catalogueModel, machineOf, sixSeconds } from './machine.fixture.ts';
import { workOf } from './work.ts';

/** What a way of denoising took on one H100 80 GB: 720x480, 49 frames, guidance, both prompts at once. */
export interface Measured {
  name: string;
  model: string;
  kind: Placement['kind'];
  level?: 'block' | 'leaf';
  compile?: boolean;
  storage?: DenoiseWay['storage'];
  stepSeconds: number;
  /** Allocated at most, without the autoencoder. */
  gib?: number;
}

const [small, large] = ['cogvideox-2b', 'cogvideox-5b'];
export const measuredOnH100: readonly Measured[] = [
  { name: '5B, resident', model: large, kind: 'resident', stepSeconds: 1.88, gib: 13.07 },
  { name: '5B, in turn', model: large, kind: 'model-offload', stepSeconds: 1.88, gib: 13.07 },
  { name: '5B, streamed by blocks', model: large, kind: 'group-offload', level: 'block', stepSeconds: 1.88, gib: 3.47 },
  { name: '5B, streamed by leaves', model: large, kind: 'group-offload', level: 'leaf', stepSeconds: 1.88, gib: 3.12 },
  { name: '5B, layer by layer', model: large, kind: 'sequential', stepSeconds: 5.13, gib: 2.7 },
  {
    ...{ name: '5B, compiled', model: large, kind: 'resident', compile: true },
    ...{ stepSeconds: 1.45, gib: 11.87 },
  },
  {
    ...{ name: '5B, weights in eight bits', model: large, kind: 'resident', storage: 'int8' },
    ...{ stepSeconds: 1.79, gib: 8.65 },
  },
  { name: '2B, resident', model: small, kind: 'resident', stepSeconds: 0.72, gib: 5 },
  { name: '2B, streamed by leaves', model: small, kind: 'group-offload', level: 'leaf', stepSeconds: 0.71, gib: 2.01 },
  { name: '2B, compiled', model: small, kind: 'resident', compile: true, stepSeconds: 0.53 },
  { name: '2B, layer by layer', model: small, kind: 'sequential', stepSeconds: 1.85 },
];

export const h100 = machineOf('NVIDIA H100 80GB HBM3', 80, 256, { compiler: true });

/** What the planner says of it. */
export function saidOfH100({ name, model, kind, level, compile = false, storage = 'same' }: Measured): DenoiseWay {
  if (h100.device.kind !== 'cuda') throw new Error('A card was imagined.');
  const work = workOf(catalogueModel(model), sixSeconds, 'bfloat16');
  const way = denoiseWays(h100, h100.device, work, { storage, attention: 'sdpa', steps: 'all' }).find(
    ({ placement, guidance, ...each }) =>
      guidance === 'batched' &&
      each.compile === compile &&
      placement.kind === kind &&
      (placement.kind !== 'group-offload' || placement.level === level),
  );
  if (way === undefined) throw new Error(`The planner does not think of ${name}.`);
  return way;
}

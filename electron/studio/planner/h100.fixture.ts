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
  /** Without the worker's own kernels. */
  plain?: boolean;
  storage?: DenoiseWay['storage'];
  stepSeconds: number;
  /** Allocated at most, without the autoencoder. */
  gib?: number;
}

const [small, large] = ['cogvideox-2b', 'cogvideox-5b'];
export const measuredOnH100: readonly Measured[] = [
  { name: '5B', model: large, kind: 'resident', stepSeconds: 1.45, gib: 11.66 },
  {
    ...{ name: '5B, streamed by blocks, no kernels', model: large, kind: 'group-offload', level: 'block' },
    ...{ plain: true, stepSeconds: 1.7, gib: 2.06 },
  },
  {
    ...{ name: '5B, streamed by leaves, no kernels', model: large, kind: 'group-offload', level: 'leaf' },
    ...{ plain: true, stepSeconds: 1.7, gib: 1.71 },
  },
  {
    ...{ name: '5B, compiled', model: large, kind: 'resident', compile: true },
    ...{ stepSeconds: 1.45, gib: 11.87 },
  },
  { name: '2B, compiled', model: small, kind: 'resident', compile: true, stepSeconds: 0.53 },
];

export const h100 = machineOf('NVIDIA H100 80GB HBM3', 80, 256, { compiler: true });

/** What the planner says of it. */
export function saidOfH100({ name, model, kind, level, storage = 'same', ...how }: Measured): DenoiseWay {
  if (h100.device.kind !== 'cuda') throw new Error('A card was imagined.');
  const device = { ...h100.device, kernels: how.plain !== true };
  const work = workOf(catalogueModel(model), sixSeconds, 'bfloat16');
  const way = denoiseWays(h100, device, work, { storage, attention: 'sdpa', steps: 'all' }).find(
    ({ placement, guidance, ...each }) =>
      guidance === 'batched' &&
      each.compile === (how.compile ?? false) &&
      placement.kind === kind &&
      (placement.kind !== 'group-offload' || placement.level === level),
  );
  if (way === undefined) throw new Error(`The planner does not think of ${name}.`);
  return way;
}

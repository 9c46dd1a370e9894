import type { Failure } from '../../../contract/failure.ts';
import type { Recovery } from '../../../contract/recovery.ts';
import type { Plan } from '../../../contract/render.ts';

export const plan: Plan = {
  device: 'cuda',
  precision: 'bfloat16',
  checkpointEverySteps: 5,
  placements: {
    textEncoder: { kind: 'model-offload' },
    transformer: { kind: 'resident' },
    vae: { kind: 'model-offload' },
  },
  storage: { transformer: 'same' },
  guidance: 'batched',
  attention: 'sdpa',
  compile: false,
  steps: 'all',
  decode: { slabRows: null, residentBytes: 0 },
  encode: { slabRows: null, residentBytes: 0 },
  pinnedBytes: 0,
  reserveFraction: null,
};

const gigabyte = 2 ** 30;

export const outOfMemory = {
  cause: 'device-memory',
  phase: 'decoding',
  step: 1,
  detail: 'CUDA out of memory.',
  requestedBytes: 6 * gigabyte,
  allocatedBytes: 8 * gigabyte,
  reservedBytes: 9 * gigabyte,
  freeBytes: 1 * gigabyte,
} as const satisfies Failure;

export const inSlabs: Recovery = {
  rung: { kind: 'replan', plan, changes: [{ kind: 'decode', slabRows: 64 }], fresh: false },
  keeps: { kind: 'latents' },
  moreSeconds: 20,
  needs: 4 * gigabyte,
  changesPicture: false,
};

export const inEightBits: Recovery = {
  rung: { kind: 'replan', plan, changes: [{ kind: 'storage', transformer: 'int8' }], fresh: true },
  keeps: { kind: 'embeddings' },
  moreSeconds: null,
  changesPicture: true,
};

import { expect, it } from 'vitest';
import type { Probe } from '../../../contract/worker.ts';
import { lookForCard, lostCard } from './lostCard.ts';

const versions = { python: '3.11', torch: '2.11', diffusers: '0.36', av: '16' };
const card = { kind: 'cuda', name: 'RTX', capability: '8.9', totalBytes: 8e9, freeBytes: 1e8 } as const;
const processor = { kind: 'cpu', name: 'CPU', capability: null, totalBytes: 6e10, freeBytes: 5e10 } as const;
const worked = { kind: 'worked', seconds: 0.1 } as const;
const withCard = (operation: Probe['operation']): Probe => ({ ...versions, devices: [card, processor], operation });
const failed = (detail: string) => withCard({ kind: 'failed', device: 'cuda', detail });
const without: Probe = { ...versions, devices: [processor], operation: { ...worked, device: 'cpu' } };

it.each<[string, Probe, boolean, object | null]>([
  ['a card that works', withCard({ ...worked, device: 'cuda' }), true, null],
  ['a machine that never had one', without, false, null],
  ['a card that never worked', failed('no kernel image is available'), false, null],
  ['a card that is gone', without, true, { cause: 'driver-lost' }],
  ['a driver that was reset', failed('CUDA error: unspecified launch failure'), true, { cause: 'driver-lost' }],
  [
    'a card that others have filled',
    failed('CUDA out of memory. Tried to allocate 2.00 MiB.'),
    true,
    { cause: 'device-memory', freeBytes: 1e8, requestedBytes: null },
  ],
])('%s', (_, probe, hadCard, failure) => {
  const found = lostCard(probe, hadCard);
  if (failure === null) expect(found).toBeNull();
  else expect(found).toMatchObject(failure);
});

/** Workers that answer so, one after the other. */
function workers(...answers: Probe[]) {
  const state = { recycled: 0 };
  const worker = {
    async probe() {
      const answer = answers[state.recycled];
      if (answer === undefined) throw new Error('There is no such worker.');
      return answer;
    },
    async recycle() {
      state.recycled += 1;
    },
  };
  return { state, look: (hadCard: boolean) => lookForCard(() => worker, hadCard) };
}
const works = withCard({ ...worked, device: 'cuda' });
const reset = failed('CUDA error: unspecified launch failure');

it.each<[string, Probe[], boolean, Probe, string | null, number]>([
  ['goes on with a worker that has its card', [works], true, works, null, 0],
  ['replaces one that has lost it, and goes on with the next', [reset, works], true, works, null, 1],
  ['says so when the next one has none either', [reset, without], true, without, 'driver-lost', 1],
  ['leaves alone what never had one', [without], false, without, null, 0],
])('%s', async (_, answers, hadCard, probe, cause, recycled) => {
  const { look, state } = workers(...answers);
  const found = await look(hadCard);
  expect(found.probe).toBe(probe);
  expect(found.lost?.cause ?? null).toBe(cause);
  expect(state.recycled).toBe(recycled);
});

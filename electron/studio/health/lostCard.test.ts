import { expect, it } from 'vitest';
import type { Probe } from '../../../contract/worker.ts';
import { cardLook, lostCard } from './lostCard.ts';

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

/** Workers whose answers are given: one list for each, the last one for all that follow. */
function workers(...answers: Probe[][]) {
  const state = { recycled: 0 };
  const look = cardLook(() => ({
    probe() {
      const own = answers[Math.min(state.recycled, answers.length - 1)] ?? [];
      const [next] = own.length > 1 ? own.splice(0, 1) : own;
      return next === undefined ? Promise.reject(new Error('no worker')) : Promise.resolve(next);
    },
    async recycle() {
      state.recycled += 1;
    },
  }));
  return { look, state };
}
const works = withCard({ ...worked, device: 'cuda' });
const reset = failed('CUDA error: unspecified launch failure');

it('replaces a worker whose card was lost, and goes on with the next one', async () => {
  const { look, state } = workers([works, reset], [works]);
  expect((await look()).lost).toBeNull();
  expect(await look()).toEqual({ probe: works, lost: null });
  expect(state.recycled).toBe(1);
  expect((await look()).lost).toBeNull();
  expect(state.recycled).toBe(1);
});

it('says that the card is lost when the next one has none either, and finds it when it is back', async () => {
  const { look, state } = workers([works, reset], [without], [without], [works]);
  await look();
  expect((await look()).lost).toMatchObject({ cause: 'driver-lost' });
  expect(state.recycled).toBe(1);
  expect((await look()).lost).toMatchObject({ cause: 'driver-lost' });
  expect((await look()).lost).toBeNull();
});

it('leaves alone what never had a card', async () => {
  const { look, state } = workers([without]);
  expect((await look()).lost).toBeNull();
  expect((await look()).lost).toBeNull();
  expect(state.recycled).toBe(0);
});

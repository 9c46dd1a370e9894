import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inSlabs } from '../recovery/recovery.fixture.ts';
import { jobOf } from './job.fixture.ts';
import { grouped, inOrder, isSettled, moveOf, putTo, worthTrying } from './order.ts';

const ids = (jobs: readonly { id: string }[]) => jobs.map(({ id }) => id);

describe('the order of the queue', () => {
  it('has groups that keep the order', () => {
    const failure = { cause: 'host-memory', phase: null, detail: '' } as const;
    const groups = grouped([
      jobOf('a', { state: { kind: 'failed', failure, kept: { kind: 'nothing' } } }),
      jobOf('b', { state: { kind: 'denoising', step: 1, of: 20 } }),
      jobOf('c'),
      jobOf('d', { state: { kind: 'paused', reason: 'asked', kept: { kind: 'nothing' } } }),
      jobOf('e', { state: { kind: 'cancelled', kept: { kind: 'nothing' } } }),
    ]);
    expect(ids(groups.running)).toEqual(['b']);
    expect(ids(groups.waiting)).toEqual(['c', 'd']);
    expect(ids(groups.stopped)).toEqual(['a', 'e']);
  });

  it('tries again what may come out otherwise, and nothing that was stopped on purpose', () => {
    const kept = { kind: 'latents' } as const;
    const next = { kind: 'recover', recovery: inSlabs, others: [] } as const;
    const flicker = { cause: 'bad-frames', phase: 'decoding', problem: 'flicker', detail: '' } as const;
    const full = { cause: 'disk-full', phase: 'decoding', path: '/', detail: '' } as const;
    const some = worthTrying([
      jobOf('full', { state: { kind: 'failed', failure: full, kept } }),
      jobOf('flickers', { state: { kind: 'failed', failure: flicker, kept } }),
      jobOf('would not flicker', { state: { kind: 'failed', failure: flicker, kept, next: { ...next, others: [] } } }),
      jobOf('cancelled', { state: { kind: 'cancelled', kept } }),
    ]);
    expect(ids(some)).toEqual(['full', 'would not flicker']);
  });

  it.each([
    [0, ['c', 'a', 'b', 'd'], 'a'],
    [1, ['a', 'c', 'b', 'd'], 'b'],
    [3, ['a', 'b', 'd', 'c'], null],
    [99, ['a', 'b', 'd', 'c'], null],
    [-1, ['c', 'a', 'b', 'd'], 'a'],
  ])('puts a job to place %i', (place, after, before) => {
    const order = putTo(['a', 'b', 'c', 'd'], 'c', place);
    expect(order).toEqual(after);
    expect(moveOf(order, 'c')).toEqual({ id: 'c', before });
  });

  it('loses and doubles nothing', () => {
    const some = fc.uniqueArray(fc.string({ minLength: 1 }), { minLength: 1 });
    fc.assert(
      fc.property(some, fc.nat(), fc.integer({ min: -5, max: 60 }), (order, which, place) => {
        const id = order[which % order.length] as string;
        expect([...putTo(order, id, place)].sort()).toEqual([...order].sort());
      }),
    );
  });

  it('shows what was asked for until the studio has it so', () => {
    const before = [jobOf('a'), jobOf('b'), jobOf('c')];
    const asked = ['c', 'a', 'b'];
    expect(ids(inOrder(before, asked))).toEqual(asked);
    expect(ids(inOrder(before, null))).toEqual(['a', 'b', 'c']);
    expect(isSettled(before, asked)).toBe(false);
    expect(isSettled([jobOf('c'), jobOf('a'), jobOf('b')], asked)).toBe(true);
  });

  it('lives with jobs that came and went meanwhile', () => {
    const asked = ['c', 'a', 'b'];
    const now = [jobOf('a'), jobOf('c'), jobOf('new')];
    expect(ids(inOrder(now, asked))).toEqual(['c', 'a', 'new']);
    expect(isSettled(now, asked)).toBe(false);
    expect(isSettled([jobOf('c'), jobOf('new'), jobOf('a')], asked)).toBe(true);
  });
});

import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Failure } from '../../../contract/failure.ts';
import type { Phase } from '../../../contract/render.ts';
import type { Probe, RenderOutcome } from '../../../contract/worker.ts';
import { gib } from './machine.fixture.ts';
import { deviceRoom, hostRoom } from './machine.ts';
import { card, probe } from './planner.fixture.ts';
import { SeenMachine } from './seen.ts';

const machine = (platform: NodeJS.Platform = 'linux') => new SeenMachine({ now: () => 1000, platform });
const room = (each: SeenMachine): number => {
  const { device } = each.machine();
  return device.kind === 'cuda' ? device.roomBytes / gib : 0;
};

afterEach(() => vi.restoreAllMocks());

describe('the machine', () => {
  it('is its processor until somebody finds a card, and stays so when torch cannot calculate on it', () => {
    const one = machine();
    expect(one.machine().device.kind).toBe('cpu');
    one.probed(probe(11, false), null);
    one.saw([card(1)]);
    expect(one.machine().device.kind).toBe('cpu');
  });

  it('counts as free what our own worker holds and would use again', () => {
    const one = machine();
    one.probed(probe(4), 7 * gib);
    expect(room(one)).toBeCloseTo(10.8, 1);
  });

  it('counts so of the computer’s memory, too, as long as there is a worker, and never more than there is', () => {
    const memory = () => ({ totalBytes: 16 * gib, freeBytes: 3 * gib });
    const one = new SeenMachine({ now: () => 1000, platform: 'win32', memory });
    const roomBytes = () => one.machine().host.roomBytes;
    const without = roomBytes();
    expect(without).toBeLessThan(3 * gib);
    let held = 8 * gib;
    one.worksWith(() => held);
    expect(roomBytes()).toBe(without + 8 * gib);
    held = 40 * gib;
    expect(roomBytes()).toBeLessThan(16 * gib);
    one.worksWith(null);
    expect(roomBytes()).toBe(without);
  });

  it('has the kernels, the compiler and the attention that its worker has tried, not those of its system', () => {
    const able = (platform: NodeJS.Platform, abilities: Probe['abilities']) => {
      const each = machine(platform);
      each.probed({ ...probe(11), abilities }, null);
      const { device } = each.machine();
      return device.kind === 'cuda'
        ? [device.kernels, device.compiler, device.sage, device.cudnnAttention, device.int8Products]
        : null;
    };
    expect(able('linux', undefined)).toEqual([true, false, false, null, null]);
    expect(able('win32', null)).toEqual([false, false, false, null, null]);
    const int8Products = { whole: 0.5, bare: 0.3 };
    const all = { kernels: true, compiler: true, sage: true, cudnnAttention: 0.6, int8Products };
    expect(able('win32', all)).toEqual([true, true, true, 0.6, int8Products]);
    const none = { kernels: false, compiler: false, sage: false, cudnnAttention: null, int8Products: null };
    expect(able('linux', none)).toEqual([false, false, false, null, null]);
  });

  it('does without what its denoiser failed with, the compiler first, and keeps it when something else failed', () => {
    const one = machine();
    const int8Products = { whole: 0.5, bare: 0.3 };
    const abilities = { kernels: true, compiler: true, sage: false, cudnnAttention: 0.6, int8Products };
    one.probed({ ...probe(11), abilities }, null);
    const able = () => {
      const { device } = one.proven();
      return device.kind === 'cuda' ? [device.compiler, device.cudnnAttention, device.int8Products] : null;
    };
    const failed = (cause: 'internal' | 'hang', phase: Phase): RenderOutcome => ({
      kind: 'failed',
      failure: { cause, phase, detail: '', ...(cause === 'hang' ? { seconds: 9 } : {}) } as Failure,
    });
    const both = { compile: true, attention: 'cudnn', storage: { transformer: 'int8-products' } } as const;
    for (const [cause, phase] of [
      ['internal', 'decoding'],
      ['hang', 'denoising'],
    ] as const)
      one.rendered(both, failed(cause, phase));
    const plain = { compile: false, attention: 'sdpa', storage: { transformer: 'int8' } } as const;
    one.rendered(plain, failed('internal', 'denoising'));
    expect(able()).toEqual([true, 0.6, int8Products]);
    one.rendered(both, failed('internal', 'denoising'));
    expect(able()).toEqual([false, 0.6, int8Products]);
    one.rendered({ ...both, compile: false }, failed('internal', 'denoising'));
    expect(able()).toEqual([false, null, int8Products]);
    one.rendered({ ...both, compile: false, attention: 'sdpa' }, failed('internal', 'denoising'));
    expect(able()).toEqual([false, null, null]);
    // What has begun was made with them.
    expect(one.machine().device).toMatchObject({ compiler: true, cudnnAttention: 0.6, int8Products });
    // What the next worker thinks that it could do is no news.
    one.probed({ ...probe(11), abilities }, null);
    expect(able()).toEqual([false, null, null]);
  });

  it('has no more memory than its container may take', () => {
    const all = machine().machine().host;
    vi.spyOn(process, 'constrainedMemory').mockReturnValue(2 * gib);
    const { totalBytes, roomBytes } = machine().machine().host;
    expect(totalBytes).toBe(2 * gib);
    expect(roomBytes).toBeLessThan(Math.min(2 * gib, all.roomBytes));
    // Nobody knows of a limit.
    vi.mocked(process.constrainedMemory).mockReturnValue(0);
    expect(machine().machine().host.totalBytes).toBeGreaterThanOrEqual(all.totalBytes);
  });

  it('keeps some back, more of it on Windows, and never has more than there is', () => {
    fc.assert(
      fc.property(
        fc.constantFrom<NodeJS.Platform>('win32', 'linux'),
        fc.double({ min: 0, max: 96, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (platform, total, free, ours) => {
          const totalBytes = total * gib;
          const found = deviceRoom(platform, { totalBytes, freeBytes: free * totalBytes, ours: ours * totalBytes });
          expect(found).toBeGreaterThanOrEqual(0);
          expect(found).toBeLessThanOrEqual(totalBytes);
          const host = hostRoom(platform, totalBytes, free * totalBytes);
          expect(host.pinnableBytes).toBeLessThanOrEqual(host.roomBytes);
        },
      ),
    );
    const one = { totalBytes: 12 * gib, freeBytes: 11 * gib, ours: 0 };
    expect(deviceRoom('win32', one)).toBeLessThan(deviceRoom('linux', one));
  });
});

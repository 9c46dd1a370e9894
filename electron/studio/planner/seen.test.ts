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
        ? [device.kernels, device.compiler, device.cudnnAttention, device.sageAttention, device.eightBitProducts]
        : null;
    };
    const unknown = { int8: null, fp8: null };
    expect(able('linux', undefined)).toEqual([true, false, null, null, unknown]);
    expect(able('win32', null)).toEqual([false, false, null, null, unknown]);
    const eightBitProducts = { int8: { whole: 0.5, bare: 0.3 }, fp8: null };
    const all = { kernels: true, compiler: true, cudnnAttention: 0.6, sageAttention: 0.5, eightBitProducts };
    expect(able('win32', all)).toEqual([true, true, 0.6, 0.5, eightBitProducts]);
    const none = {
      kernels: false,
      compiler: false,
      cudnnAttention: null,
      sageAttention: null,
      eightBitProducts: unknown,
    };
    expect(able('linux', none)).toEqual([false, false, null, null, unknown]);
  });

  it('does without what its denoiser failed with, the compiler first, and keeps it when something else failed', () => {
    const one = machine();
    const eightBitProducts = { int8: { whole: 0.5, bare: 0.3 }, fp8: { whole: 0.4, bare: 0.3 } };
    const abilities = { kernels: true, compiler: true, cudnnAttention: 0.6, sageAttention: 0.5, eightBitProducts };
    one.probed({ ...probe(11), abilities }, null);
    const able = () => {
      const { device } = one.proven();
      if (device.kind === 'cpu') return null;
      return [device.compiler, device.cudnnAttention, device.sageAttention, device.eightBitProducts];
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
    expect(able()).toEqual([true, 0.6, 0.5, eightBitProducts]);
    // What comes from elsewhere is suspected before what comes with torch.
    one.rendered({ ...both, attention: 'sage' }, failed('internal', 'denoising'));
    expect(able()).toEqual([true, 0.6, null, eightBitProducts]);
    one.rendered(both, failed('internal', 'denoising'));
    expect(able()).toEqual([false, 0.6, null, eightBitProducts]);
    one.rendered({ ...both, compile: false }, failed('internal', 'denoising'));
    expect(able()).toEqual([false, null, null, eightBitProducts]);
    const alone = { ...both, compile: false, attention: 'sdpa' } as const;
    one.rendered(alone, failed('internal', 'denoising'));
    expect(able()).toEqual([false, null, null, { ...eightBitProducts, int8: null }]);
    one.rendered({ ...alone, storage: { transformer: 'fp8-products' } }, failed('internal', 'denoising'));
    const neither = { int8: null, fp8: null };
    expect(able()).toEqual([false, null, null, neither]);
    // What has begun was made with them.
    expect(one.machine().device).toMatchObject({ compiler: true, cudnnAttention: 0.6, eightBitProducts });
    // What the next worker thinks that it could do is no news.
    one.probed({ ...probe(11), abilities }, null);
    expect(able()).toEqual([false, null, null, neither]);
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

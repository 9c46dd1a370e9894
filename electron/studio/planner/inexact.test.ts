import fc from 'fast-check';
import { expect, it } from 'vitest';
import { isProducts, shortcutOf } from '../../../contract/shortcut.ts';
import type { ProductShare } from '../../../contract/worker.ts';
import { anything } from './anything.fixture.ts';
import { catalogueModel, machineOf, sixSeconds } from './machine.fixture.ts';
import { decide } from './plan.ts';

it('products in eight bits are offered where they were measured to gain something, in the numbers that gain most', () => {
  fc.assert(
    fc.property(...anything, (card, model, job, room, host, more) => {
      const { offered } = decide(machineOf(card, room, host, more), model, job);
      const { int8, fp8 } = more.eightBitProducts;
      const taken = (share: ProductShare | null) =>
        share === null ? null : more.compiler ? 0.88 * share.bare + 0.12 * share.whole : share.whole;
      const times = { 'int8-products': taken(int8), 'fp8-products': taken(fp8) };
      const least = Math.min(...Object.values(times).map((time) => time ?? Number.POSITIVE_INFINITY));
      for (const { plan } of offered) {
        const stored = plan.storage.transformer;
        if (!isProducts(stored)) continue;
        expect(times[stored]).not.toBeNull();
        expect(times[stored]).toBeLessThan(0.9);
        expect(times[stored]).toBeLessThanOrEqual(least / 0.95);
      }
    }),
    { numRuns: 200 },
  );
});

it('what changes the picture is offered when it is faster, and never taken', () => {
  const offered = (more: Parameters<typeof machineOf>[3], job = sixSeconds, card = 'RTX 4090', headWidth = 64) => {
    const { transformer, ...others } = catalogueModel('cogvideox-5b');
    const model = { ...others, transformer: { ...transformer, headWidth } };
    const decision = decide(machineOf(card, 20, 64, more), model, job);
    if (decision.kind !== 'fits') throw new Error('it fits');
    expect(decision.best.plan.attention).not.toBe('sage');
    return decision.offered.some(({ plan }) => plan.attention === 'sage');
  };
  expect(offered({})).toBe(false);
  expect(offered({ sageAttention: 0.6 })).toBe(true);
  // Where it was not much faster than the faster of the exact kernels, it is not worth the picture.
  expect(offered({ sageAttention: 0.95 })).toBe(false);
  expect(offered({ sageAttention: 0.6, cudnnAttention: 0.62 })).toBe(false);
  expect(offered({ sageAttention: 0.6, cudnnAttention: 1.5 })).toBe(true);
  // Nor is it asked for what it cannot.
  expect(offered({ sageAttention: 0.6 }, sixSeconds, 'RTX 4090', 80)).toBe(false);
  expect(offered({ sageAttention: 0.6 }, sixSeconds, 'RTX 2080 Ti')).toBe(false);
  expect(offered({ sageAttention: 0.6 }, { ...sixSeconds, width: 256, height: 160, frames: 17 })).toBe(false);
});

it('products in eight bits are offered where they were measured to be the faster, and never taken', () => {
  const products = (card: string, room: number, more: Parameters<typeof machineOf>[3]) => {
    const decision = decide(machineOf(card, room, 64, more), catalogueModel('cogvideox-5b'), sixSeconds);
    if (decision.kind !== 'fits') throw new Error('it fits');
    const found = decision.offered.find(({ plan }) => shortcutOf(plan) === 'eight-bit-products');
    return { best: decision.best.prediction, found };
  };
  const byInt8 = (whole: number, bare: number) => ({ eightBitProducts: { int8: { whole, bare }, fp8: null } });
  expect(products('RTX 4090', 20, {}).found).toBeUndefined();
  expect(products('RTX 4090', 20, byInt8(0.95, 0.6)).found).toBeUndefined();
  const { best, found } = products('RTX 4090', 20, byInt8(0.6, 0.4));
  expect(found?.plan.storage.transformer).toBe('int8-products');
  expect(found?.prediction.stepSeconds).toBeLessThan(0.9 * best.stepSeconds);
  expect(found?.reasons).toContainEqual(expect.objectContaining({ kind: 'eight-bit-products' }));
  // What is around them a compiler makes small, and a card without room for all of them streams them.
  const compiled = products('RTX 4090', 20, { ...byInt8(1.1, 0.4), compiler: true });
  expect(compiled.found?.plan.compile).toBe(true);
  const small = products('RTX 4060', 6.5, byInt8(0.6, 0.4));
  expect(small.found?.plan.placements.transformer.kind).toBe('group-offload');
  expect(small.found?.prediction.stepSeconds).toBeLessThan(0.9 * small.best.stepSeconds);
});

it('of whole numbers and floats those are multiplied that were the faster here, and their own price is said', () => {
  const offered = (int8: ProductShare | null, fp8: ProductShare | null, compiler = false) => {
    const machine = machineOf('H100', 70, 128, { compiler, eightBitProducts: { int8, fp8 } });
    const ways = decide(machine, catalogueModel('cogvideox-5b'), sixSeconds).offered;
    const all = ways.filter(({ plan }) => shortcutOf(plan)?.startsWith('eight-bit-products'));
    const [first] = all.map(({ plan }) => plan.storage.transformer);
    expect(all.every(({ plan }) => plan.storage.transformer === first)).toBe(true);
    const reason = all[0]?.reasons.find(({ kind }) => kind === 'eight-bit-products');
    return [first, reason && 'decibels' in reason ? reason.decibels : undefined];
  };
  // An H100's whole numbers gain nothing, whatever is compiled.
  const slow = { whole: 2.96, bare: 0.88 };
  const [fp8, price] = offered(slow, { whole: 0.7, bare: 0.55 });
  expect(fp8).toBe('fp8-products');
  const [int8, other] = offered({ whole: 0.6, bare: 0.5 }, { whole: 0.8, bare: 0.7 });
  expect(int8).toBe('int8-products');
  expect(price).not.toEqual(other);
  // Those that are nearer to the exact picture, where the clock may be what makes the difference.
  expect(offered({ whole: 0.61, bare: 0.5 }, { whole: 0.6, bare: 0.5 })[0]).toBe('int8-products');
  // What is around them counts as it will be: compiled or not.
  const [plain, compact] = [
    { whole: 0.6, bare: 0.55 },
    { whole: 0.9, bare: 0.4 },
  ];
  expect(offered(plain, compact)[0]).toBe('int8-products');
  expect(offered(plain, compact, true)[0]).toBe('fp8-products');
  expect(offered(slow, { whole: 0.95, bare: 0.93 })[0]).toBeUndefined();
  expect(offered(null, null)[0]).toBeUndefined();
});

it('the fastest that is offered multiplies in eight bits and has cached steps', () => {
  const eightBitProducts = { int8: { whole: 0.6, bare: 0.4 }, fp8: null };
  const machine = machineOf('RTX 4090', 20, 64, { eightBitProducts });
  const { offered } = decide(machine, catalogueModel('cogvideox-5b'), sixSeconds);
  const [first] = [...offered].sort((one, other) => one.prediction.seconds - other.prediction.seconds);
  expect(first?.plan).toMatchObject({ storage: { transformer: 'int8-products' }, steps: 'cached' });
  const told = first?.reasons.map(({ kind }) => kind);
  expect(told).toEqual(expect.arrayContaining(['eight-bit-products', 'cached-steps']));
});

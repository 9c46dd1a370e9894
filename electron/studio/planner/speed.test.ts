import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Plan } from '../../../contract/render.ts';
import { type ProductStorage, productNumbers } from '../../../contract/shortcut.ts';
import { knownCards } from './cards.ts';
import { catalogueModel, machineOf, sixSeconds } from './machine.fixture.ts';
import { exactAttention, gainsBySage, passSeconds } from './speed.ts';
import { workOf } from './work.ts';

const work = workOf(catalogueModel('cogvideox-5b'), sixSeconds, 'bfloat16');
/** Seconds that a pass attends. */
function attending(card: string, attention: Plan['attention'], cudnnAttention: number | null): number {
  const { device } = machineOf(card, 24, 64, { cudnnAttention });
  const without = { ...work, pass: { ...work.pass, attention: 0 } };
  const [all, rest] = [work, without].map((of) =>
    passSeconds(device, of, 1, { compile: false, attention, storage: 'same' }),
  );
  return (all ?? 0) - (rest ?? 0);
}

it('a kernel of attention takes its share of the other, and none is faster than the card', () => {
  const share = fc.double({ min: 0.05, max: 4, noNaN: true });
  fc.assert(
    fc.property(fc.constantFrom(...knownCards), share, (card, taken) => {
      const { device } = machineOf(card, 24, 64, { cudnnAttention: taken });
      if (device.kind !== 'cuda') return;
      const [own, cudnn] = [attending(card, 'sdpa', taken), attending(card, 'cudnn', taken)];
      expect(cudnn / own).toBeCloseTo(taken, 6);
      expect(Math.min(own, cudnn)).toBeGreaterThan(work.pass.attention / device.speed.halfRate);
      // What nobody has timed is taken for the usual; a slower cuDNN makes torch's own no slower.
      expect(own).toBeGreaterThanOrEqual(attending(card, 'sdpa', null) * (1 - 1e-9));
      if (taken >= 1) expect(own).toBeCloseTo(attending(card, 'sdpa', null), 9);
    }),
  );
});

it('SageAttention takes its share of the same, and gains nothing where that is not much less than an exact one', () => {
  const share = fc.double({ min: 0.2, max: 2, noNaN: true });
  fc.assert(
    fc.property(fc.constantFrom(...knownCards), fc.option(share), share, (card, cudnnAttention, sageAttention) => {
      const { device } = machineOf(card, 24, 64, { cudnnAttention, sageAttention });
      if (device.kind !== 'cuda') return;
      const seconds = (attention: Plan['attention']) =>
        passSeconds(device, { ...work, pass: { linear: 0, attention: work.pass.attention, traffic: 0 } }, 1, {
          ...{ compile: false, attention, storage: 'same' },
        });
      expect(seconds('sage') / seconds('sdpa')).toBeCloseTo(sageAttention, 6);
      expect(gainsBySage(device)).toBe(sageAttention < 0.9 * Math.min(1, cudnnAttention ?? 1));
    }),
  );
});

it('products in eight bits take their share of those in half precision, whatever the precision of the rest', () => {
  const share = fc.double({ min: 0.2, max: 2, noNaN: true });
  const kinds: ProductStorage[] = ['int8-products', 'fp8-products'];
  fc.assert(
    fc.property(
      fc.constantFrom(...knownCards),
      fc.constantFrom(...kinds),
      share,
      share,
      (card, stored, whole, bare) => {
        const measured = { [productNumbers[stored]]: { whole, bare } };
        const { device } = machineOf(card, 24, 64, { eightBitProducts: { int8: null, fp8: null, ...measured } });
        const multiplying = (storage: 'same' | ProductStorage, compile: boolean, precision: Plan['precision']) => {
          const one = workOf(catalogueModel('cogvideox-5b'), sixSeconds, precision);
          const without = { ...one, pass: { ...one.pass, linear: 0 } };
          const [all, rest] = [one, without].map((of) =>
            passSeconds(device, of, 1, { compile, attention: 'sdpa', storage }),
          );
          return (all ?? 0) - (rest ?? 0);
        };
        const half = multiplying('same', false, 'bfloat16');
        for (const precision of ['bfloat16', 'float32'] as const) {
          expect(multiplying(stored, false, precision) / half).toBeCloseTo(whole, 6);
          expect(multiplying(stored, true, precision) / half).toBeCloseTo(0.88 * bare + 0.12 * whole, 6);
        }
      },
    ),
  );
});

it('where torch is built without its fastest kernel, cuDNN is taken and is as fast as that would be', () => {
  const windows = machineOf('RTX 3060', 11, 32, { cudnnAttention: 0.5 });
  if (windows.device.kind !== 'cuda') throw new Error('it has a card');
  expect(exactAttention(windows.device)).toBe('cudnn');
  const ratio = attending('RTX 3060', 'cudnn', 0.5) / attending('RTX 3060', 'sdpa', null);
  expect(ratio).toBeLessThan(1);
  expect(ratio).toBeGreaterThan(0.9);
  // An H100 has a faster one indeed.
  expect(attending('H100', 'cudnn', 0.6) / attending('H100', 'sdpa', null)).toBeCloseTo(0.6, 6);
});

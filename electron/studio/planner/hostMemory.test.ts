import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Phase } from '../../../contract/render.ts';
import { decodeWay } from './candidates.ts';
import { uncorrected } from './corrections.ts';
import { catalogueModel, gib, large, machineOf, sixSeconds } from './machine.fixture.ts';
import { contextOf, decide } from './plan.ts';
import type { Way } from './prediction.ts';

const best = (card: string, room: number, host: number, id = 'cogvideox-5b'): Way => {
  const decision = decide(machineOf(card, room, host), catalogueModel(id), sixSeconds);
  return decision.kind === 'fits' ? decision.best : decision.least;
};
const hostGib = ({ prediction }: Way, phase: Phase): number =>
  (prediction.phases.find((each) => each.phase === phase)?.hostBytes ?? 0) / gib;

describe('the computer’s memory', () => {
  it('holds weights that are of another precision than their files, as long as they are needed', () => {
    // This card does not calculate in bfloat16: in float32 the denoiser alone is 20.75 GiB.
    const old = best('RTX 2060', 11, 64);
    expect(old.plan.precision).toBe('float32');
    for (const phase of ['denoising', 'decoding'] as const) expect(hostGib(old, phase)).toBeGreaterThan(20.7);
    expect(hostGib(old, 'encoding')).toBeGreaterThan(17.7);
    // Of the others it holds no more than pages of their files, which cost nobody anything.
    const young = best('RTX 3060', 11, 12);
    expect(young.plan.precision).toBe('bfloat16');
    for (const { hostBytes } of young.prediction.phases) expect(hostBytes).toBeLessThan(6 * gib);
    const half = best('RTX 2060', 11, 12, 'cogvideox-2b');
    expect(half.plan.precision).toBe('float16');
    for (const { hostBytes } of half.prediction.phases) expect(hostBytes).toBeLessThan(6 * gib);
  });

  it('that does not hold them is what is in the way', () => {
    const machine = machineOf('RTX 2060', 11, 16);
    expect(decide(machine, catalogueModel('cogvideox-5b'), sixSeconds)).toMatchObject({
      kind: 'too-large',
      least: { binds: { resource: 'host' } },
    });
  });

  it('has room for eight bits of each weight where they are offered', () => {
    const offered = (host: number) => {
      const decision = decide(machineOf('RTX 3060', 11, host), catalogueModel('cogvideox-5b'), sixSeconds);
      return decision.offered.some(({ plan }) => plan.storage.transformer === 'int8');
    };
    expect([offered(6), offered(12)]).toEqual([false, true]);
  });

  it('never has to hold more of a decode than there is, if the card can', () => {
    const memory = fc.double({ min: 3, max: 64, noNaN: true });
    fc.assert(
      fc.property(memory, memory, fc.double({ min: 0, max: 20, noNaN: true }), (room, host, copiedGib) => {
        const machine = machineOf('RTX 4070', room, host);
        if (machine.device.kind !== 'cuda') return;
        const { device, work } = contextOf(
          machine,
          machine.device,
          catalogueModel('cogvideox-1.5-5b'),
          large,
          uncorrected,
        );
        const way = decodeWay(machine, device, work, 0, copiedGib * gib);
        if (way === null) return;
        expect(way.need).toBeLessThanOrEqual(room * gib);
        expect(way.host + copiedGib * gib).toBeLessThan(host * gib);
      }),
    );
  });
});

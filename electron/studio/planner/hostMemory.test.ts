import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Phase } from '../../../contract/render.ts';
import { uncorrected } from './corrections.ts';
import { decodeWay } from './decodeWays.ts';
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

  it('holds pages of files that are page-locked where they are; a copy of them takes longer', () => {
    const machine = machineOf('RTX 3060', 6, 64);
    const copying = { ...machine, host: { ...machine.host, locksFiles: false } };
    const [there, copied] = [machine, copying].map((each) => {
      const decision = decide(each, catalogueModel('cogvideox-5b'), sixSeconds);
      if (decision.kind !== 'fits') throw new Error('it fits');
      return decision.best;
    });
    const pinned = (way: Way | undefined, part: 'textEncoder' | 'transformer'): number => {
      const placement = way?.plan.placements[part];
      return placement?.kind === 'group-offload' ? placement.pinnedBytes / gib : 0;
    };
    expect(pinned(there, 'transformer')).toBeGreaterThan(10);
    // It is used once: a copy would take as long as it saves.
    expect([pinned(there, 'textEncoder') > 8, pinned(copied, 'textEncoder') > 1]).toEqual([true, false]);
    expect(there?.prediction.seconds).toBeLessThan((copied?.prediction.seconds ?? 0) - 3);
    expect(hostGib(best('RTX 3060', 6, 64), 'encoding')).toBeGreaterThan(8);
    // Where the memory does not hold it all, it passes through pieces.
    expect(pinned(best('RTX 3060', 6, 8), 'textEncoder')).toBeLessThan(1);
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

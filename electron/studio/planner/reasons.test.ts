import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PlanReason } from '../../../contract/plan.ts';
import { uncorrected } from './corrections.ts';
import { catalogueModel, gib, machineOf } from './machine.fixture.ts';
import type { PlanMachine } from './machine.ts';
import { decide } from './plan.ts';
import { processorContext, processorWays } from './processor.ts';

const job = { width: 256, height: 64, frames: 49, steps: 20, guided: true, picture: false };
const slabsOf = (reasons: readonly PlanReason[]) => reasons.find((reason) => reason.kind === 'slabs');

describe('slabs', () => {
  const onCard = (room: number, height: number) => {
    const decision = decide(machineOf('RTX 3060', room, 32), catalogueModel('cogvideox-5b'), { ...job, height });
    if (decision.kind !== 'fits') return null;
    const { plan, reasons } = decision.best;
    return { rows: plan.decode.slabRows, said: slabsOf(reasons)?.rows };
  };

  it('that hold the whole picture are said to, on a card', () => {
    const low = onCard(0.75, 64);
    expect(low?.said).toBeNull();
    expect(low?.rows).toBeGreaterThan(64);
    const high = onCard(0.75, 160);
    expect(high?.rows).toBeLessThan(160);
    expect(high?.said).toBe(high?.rows);
  });

  it('are never said to be as high as the picture, or higher', () => {
    const heights = fc.integer({ min: 4, max: 40 }).map((n) => 16 * n);
    fc.assert(
      fc.property(fc.double({ min: 0.5, max: 8, noNaN: true }), heights, (room, height) => {
        const found = onCard(room, height);
        if (found?.said !== undefined && found.said !== null) expect(found.said).toBeLessThan(height);
      }),
      { numRuns: 100 },
    );
  });

  it('that hold the whole picture are said to, on the processor', () => {
    const device = { kind: 'cpu', name: 'a processor', cores: 8 } as const;
    const host: PlanMachine['host'] = { totalBytes: 32 * gib, roomBytes: 32 * gib, pinnableBytes: 0, locksFiles: true };
    const context = processorContext({ device, host }, device, catalogueModel('cogvideox-2b'), job, uncorrected);
    const said = new Map(processorWays(context).map(({ plan, why }) => [plan.decode.slabRows, slabsOf(why())?.rows]));
    expect([...said].slice(0, 3)).toEqual([
      [null, undefined],
      [64, null],
      [32, 32],
    ]);
  });
});

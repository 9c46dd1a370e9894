import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Draft } from '../../../contract/draft.ts';
import type { Planned, PlanOption, Remedy } from '../../../contract/plan.ts';
import { barsOf, choicesOf, gainOf, queryOf, remedied } from './fit.ts';
import { plannedFor } from './planned.fixture.ts';

const gib = 2 ** 30;
describe('the bars of the fit meter', () => {
  it('show each phase that takes something beside what is free, on one scale', () => {
    const { resource, bars, line } = barsOf(plannedFor(10 * gib, [9 * gib, 4 * gib, 20 * gib]));
    expect(resource).toBe('device');
    expect(bars.map(({ phase, share, over }) => [phase, share, over])).toEqual([
      ['encoding', 0.45, false],
      ['denoising', 0.2, false],
      ['decoding', 1, true],
    ]);
    expect(line).toBe(0.5);
  });

  it('are of memory where there is no card, and where memory is what is short', () => {
    expect(barsOf(plannedFor(null, [gib, 2 * gib, 3 * gib])).resource).toBe('host');
    const short = plannedFor(10 * gib, [gib, gib, gib], gib / 2);
    const binds = { phase: 'denoising', resource: 'host', bytes: gib, available: gib / 2 } as const;
    const { resource, available } = barsOf({ ...short, binds });
    expect([resource, available]).toEqual(['host', gib / 2]);
  });

  it('never leave their picture', () => {
    const size = fc.integer({ min: 0, max: 200 * gib });
    fc.assert(
      fc.property(fc.option(size), size, size, size, size, (device, one, two, three, host) => {
        const { bars, line } = barsOf(plannedFor(device, [one, two, three], host));
        for (const value of [line, ...bars.map(({ share }) => share)]) {
          expect(value).toBeGreaterThanOrEqual(0);
          expect(value).toBeLessThanOrEqual(1);
        }
        for (const { over, share } of bars) if (over) expect(share).toBeGreaterThan(line);
      }),
    );
  });
});

describe('what one may choose between', () => {
  const option = (seconds: number, deviceNeed: number, plan: object): PlanOption =>
    ({ prediction: { seconds, deviceNeed, hostBytes: 1 }, plan, reasons: [], moreSeconds: 0 }) as unknown as PlanOption;
  const same = { storage: { transformer: 'same' }, attention: 'sdpa', steps: 'all' };
  const cached = option(3, 10, { ...same, steps: 'cached' });
  const eightBits = option(5, 6, { ...same, storage: { transformer: 'int8' } });
  const planned = { ...plannedFor(10 * gib, [gib, gib, gib]), offered: [cached, eightBits] };
  const { remedies: _, ...room } = planned;
  const told = { runnersUp: [], reasons: [], plan: same } as unknown as Extract<Planned, { kind: 'fits' }>;
  const exact = option(5, 10, same);

  it('is the same whichever is chosen, each with what it takes', () => {
    const exactly = choicesOf({ ...told, ...room, ...exact, kind: 'fits' });
    const taken = { shortcut: 'cached-steps', exact } as const;
    expect(choicesOf({ ...told, ...room, ...cached, kind: 'fits', taken })).toEqual(exactly);
    expect(exactly).toEqual({
      exact: { seconds: 5, bytes: 10 },
      offers: [
        { shortcut: 'cached-steps', seconds: 3, bytes: 10 },
        { shortcut: 'eight-bit-weights', seconds: 5, bytes: 6 },
      ],
    });
    const [first, second] = exactly.offers.map((offer) => gainOf(offer, exactly.exact));
    expect(first).toEqual({ kind: 'time', exactSeconds: 5 });
    expect(second).toEqual({ kind: 'memory', exactBytes: 10 });
  });

  it('knows of one that fits alone', () => {
    const { exact: none, offers } = choicesOf(planned);
    expect(none).toBeNull();
    expect(offers.map((offer) => gainOf(offer, none))).toEqual([{ kind: 'fits' }, { kind: 'fits' }]);
  });
});

describe('what would make it fit', () => {
  const draft = { model: 'm', width: 720, height: 480, frames: 49, steps: 50, guidance: 6, fps: 8 } as Draft;
  const remedy = (change: Remedy['change']): Remedy => ({ change, seconds: 1, deviceNeed: 1 });

  it('changes just that of the draft', () => {
    expect(remedied(draft, remedy({ kind: 'frames', frames: 25 }))).toEqual({ ...draft, frames: 25 });
    expect(remedied(draft, remedy({ kind: 'size', width: 480, height: 320 }))).toEqual({
      ...draft,
      width: 480,
      height: 320,
    });
    const both = remedied(draft, remedy({ kind: 'both', width: 480, height: 320, frames: 9 }));
    expect(both).toEqual({ ...draft, width: 480, height: 320, frames: 9 });
    expect(remedied(draft, remedy({ kind: 'close-others', bytes: gib }))).toBeNull();
    expect(remedied(draft, remedy({ kind: 'memory-limit', bytes: 5 * gib }))).toEqual({
      ...draft,
      memoryLimit: 5 * gib,
    });
  });

  it('the words of a draft are not asked about', () => {
    const { fps: _, ...asked } = { ...draft, memoryLimit: 4 * gib };
    expect(queryOf({ ...draft, memoryLimit: 4 * gib, prompt: 'a boat' } as Draft)).toEqual(asked);
  });
});

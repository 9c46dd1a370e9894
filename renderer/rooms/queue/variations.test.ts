import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Draft } from '../../../contract/draft.ts';
import { limits } from '../../../contract/render.ts';
import { draftOfJob } from './draftOf.ts';
import { jobOf } from './job.fixture.ts';
import { draftsOf, eachSide, valuesAround, variationsOf } from './variations.ts';

const draft = { ...draftOfJob(jobOf('a')), guidance: 3, steps: 12, scheduler: 'ddim' } as const;

describe('values around that of a clip', () => {
  it('stand to both sides of it', () => {
    expect(valuesAround(3, { step: 0.5, each: 2 }, limits.guidance)).toEqual([2, 2.5, 3, 3.5, 4]);
    expect(valuesAround(0.3, { step: 0.1, each: 1 }, limits.guidance)).toEqual([0.2, 0.3, 0.4]);
  });

  it('end where settings end', () => {
    expect(valuesAround(2, { step: 4, each: 2 }, limits.steps)).toEqual([2, 6, 10]);
  });
});

describe('variations of a clip', () => {
  it('leave out the one that is there, and combine what varies', () => {
    const varied = { guidance: { step: 1, each: 1 }, steps: { step: 4, each: 1 }, scheduler: true };
    const found = variationsOf(draft, varied);
    expect(found).toHaveLength(3 * 3 * 2 - 1);
    expect(found).not.toContainEqual({ guidance: 3, steps: 12, scheduler: 'ddim' });
    expect(found).toContainEqual({ guidance: 3, steps: 12, scheduler: 'dpm' });
    expect(variationsOf(draft, { guidance: null, steps: null, scheduler: false })).toEqual([]);
  });

  it('differ in nothing else, are each another, and can be asked for', () => {
    const spread = (least: number, most: number) =>
      fc.option(fc.record({ step: fc.integer({ min: least * 4, max: most * 4 }), each: fc.integer(eachSide) }), {
        nil: null,
      });
    const quarters = (found: { step: number; each: number } | null) => found && { ...found, step: found.step / 4 };
    fc.assert(
      fc.property(
        spread(0.25, 10),
        spread(1, 100),
        fc.boolean(),
        fc.integer({ min: 0, max: 100 }),
        fc.integer(limits.steps),
        (guidance, steps, scheduler, at, count) => {
          const whole = steps && { ...steps, step: Math.ceil(steps.step / 4) };
          const own = { ...draft, guidance: at / 2, steps: count };
          const drafts = draftsOf(own, 7, variationsOf(own, { guidance: quarters(guidance), steps: whole, scheduler }));
          expect(new Set(drafts.map((each) => JSON.stringify(each))).size).toBe(drafts.length);
          for (const each of drafts) {
            expect(Draft.parse(each)).toEqual(each);
            const { guidance: _, steps: __, scheduler: ___, ...rest } = each;
            const { guidance: _g, steps: _s, scheduler: _k, ...ownRest } = own;
            expect(rest).toEqual({ ...ownRest, seed: 7 });
          }
        },
      ),
      { numRuns: 100 },
    );
  });
});

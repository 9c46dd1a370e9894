import { describe, expect, it } from 'vitest';
import type { Failure } from '../../../contract/failure.ts';
import type { Phase, Plan } from '../../../contract/render.ts';
import type { Kept } from '../../../contract/worker.ts';
import { after, type Failed } from './alternatives.ts';
import { planChanges, samePlan } from './changes.ts';
import { uncorrected } from './corrections.ts';
import { catalogueFacts, gib, machineOf, sixSeconds } from './machine.fixture.ts';
import { neighbourhood } from './neighbours.ts';
import { plainPlan } from './plain.ts';
import { decide } from './plan.ts';

const model = catalogueFacts('cogvideox-5b');
const machine = machineOf('RTX 4090', 20, 48);
const decided = decide(machine, model.architecture, sixSeconds);
if (decided.kind !== 'fits') throw new Error('it fits');
const { plan, prediction } = decided.best;

const full = (phase: Phase, allocated: number, allowed: number | null = null): Failure => ({
  ...{ cause: 'device-memory', phase, detail: '' },
  requestedBytes: gib / 4,
  allocatedBytes: allocated * gib,
  reservedBytes: allocated * gib,
  freeBytes: 0,
  allowedBytes: allowed === null ? null : allowed * gib,
});
const answer = (failure: Failure, kept: Kept, of: Plan = plan) => {
  const failed: Failed = { plan: of, failure, kept };
  return after(machine, model, sixSeconds, uncorrected, failed);
};
const needs = ({ phases }: typeof prediction, phase: Phase) =>
  phases.find((each) => each.phase === phase)?.deviceNeed ?? 0;

describe('what takes the place of a plan that failed', () => {
  it('fits in what the failure says there is, in every phase that is ahead, the smallest change first', () => {
    const { alternatives } = answer(full('encoding', 5.9, 6), { kind: 'nothing' });
    expect(alternatives.length).toBeGreaterThan(1);
    for (const option of alternatives)
      for (const phase of option.prediction.phases) expect(phase.deviceNeed).toBeLessThanOrEqual(6 * gib);
    const sizes = alternatives.map((option) => planChanges(plan, option.plan).length);
    expect(sizes[0]).toBe(Math.min(...sizes));
    for (const option of alternatives) expect(samePlan(plan, option.plan)).toBe(false);
  });

  it('may take again what somebody else had for a moment', () => {
    const { alternatives } = answer(full('encoding', 0.1, 0.1), { kind: 'nothing' });
    expect(alternatives.length).toBeGreaterThan(0);
    for (const option of alternatives) expect(option.plan.reserveFraction).toBe(plan.reserveFraction);
  });

  it('leaves alone what has run', () => {
    const { alternatives } = answer(full('decoding', 5.9, 3.5), { kind: 'latents' });
    expect(alternatives.length).toBeGreaterThan(0);
    for (const option of alternatives) {
      const { decode: _, pinnedBytes: __, reserveFraction: ___, ...rest } = option.plan;
      expect(rest).toEqual((({ decode: _, pinnedBytes: __, reserveFraction: ___, ...own }) => own)(plan));
    }
  });

  it('is reckoned by what the phase that failed really took, and the other phases as before', () => {
    const taken = needs(prediction, 'denoising') / gib;
    const { alternatives } = answer(full('denoising', 1.3 * taken, 1.31 * taken), { kind: 'embeddings' });
    const [first] = alternatives;
    if (first === undefined) throw new Error('there is none');
    const begun = { plan: first.plan, kept: { kind: 'nothing' } } as const;
    const twin = neighbourhood(machine, model.architecture, sixSeconds, uncorrected, begun)?.fromKept;
    if (twin == null) throw new Error('it would never have been thought of');
    expect(needs(first.prediction, 'denoising')).toBeGreaterThan(1.2 * needs(twin.prediction, 'denoising'));
    expect(needs(first.prediction, 'decoding')).toBe(needs(twin.prediction, 'decoding'));
  });

  it('costs what it takes longer in the phases ahead', () => {
    const late = answer(full('denoising', 12, 12), { kind: 'checkpoint', step: 45 }).alternatives[0];
    const early = answer(full('denoising', 12, 12), { kind: 'checkpoint', step: 5 }).alternatives[0];
    if (late === undefined || early === undefined) throw new Error('there is none');
    expect(late.plan).toEqual(early.plan);
    expect(late.moreSeconds).toBeLessThan(early.moreSeconds);
  });

  it('is preceded by reading again what is still to run, and no more', () => {
    const loading = (kept: Kept) => answer(full('decoding', 19), kept).again?.loadingSeconds ?? 0;
    const [begun, denoised] = [loading({ kind: 'checkpoint', step: 5 }), loading({ kind: 'latents' })];
    const whole = prediction.phases.find(({ phase }) => phase === 'loading')?.seconds ?? 0;
    expect(loading({ kind: 'nothing' })).toBeCloseTo(whole, 9);
    expect(begun).toBeLessThan(0.8 * whole);
    expect(begun).toBeGreaterThan(0.3 * whole);
    expect(denoised).toBeLessThan(0.1 * whole);
    expect(denoised).toBeGreaterThan(0);
  });

  it('is nothing for a plan of another device, and something even for one that the planner never makes', () => {
    const short: Failure = { cause: 'host-memory', phase: 'decoding', detail: '' };
    expect(answer(short, { kind: 'latents' }, plainPlan('cpu', 'float32')).alternatives).toEqual([]);
    const plain = plainPlan('cuda', 'bfloat16');
    const { alternatives, again } = answer(full('encoding', 19), { kind: 'nothing' }, plain);
    expect(alternatives.length).toBeGreaterThan(0);
    expect(again).toBeNull();
  });
});

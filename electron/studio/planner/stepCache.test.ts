import { describe, expect, it } from 'vitest';
import type { Failure } from '../../../contract/failure.ts';
import { Plan } from '../../../contract/render.ts';
import { shortcutOf } from '../../../contract/shortcut.ts';
import { calculatedLeft, calculatedSteps } from '../../../contract/stepCache.ts';
import { after } from './alternatives.ts';
import { isExact } from './changes.ts';
import { uncorrected } from './corrections.ts';
import { h100 } from './h100.fixture.ts';
import { catalogueFacts, gib, machineOf, sixSeconds } from './machine.fixture.ts';
import type { PlanMachine } from './machine.ts';
import { neighbourhood } from './neighbours.ts';
import { decide } from './plan.ts';

it.each([
  [1, 1],
  [8, 8],
  [9, 9],
  [10, 9],
  [16, 12],
  [20, 14],
  [30, 19],
  [50, 30],
  [100, 60],
  [500, 300],
])('of %d steps %d are calculated, as the worker has it', (of, calculated) => {
  // python-sidecar/tests/test_step_cache.py has the same figures.
  expect(calculatedSteps(of, 'cached')).toBe(calculated);
  expect(calculatedSteps(of, 'all')).toBe(of);
});

it('of a render that was begun as many are left as were not calculated yet', () => {
  // Of 17: eight, then every other one, and the last.
  const left = Array.from({ length: 18 }, (_, done) => calculatedLeft(17, 'cached', done));
  expect(left).toEqual([13, 12, 11, 10, 9, 8, 7, 6, 5, 5, 4, 4, 3, 3, 2, 2, 1, 0]);
  expect(calculatedLeft(17, 'all', 5)).toBe(12);
});

const model = catalogueFacts('cogvideox-5b');
const offeredOn = (machine: PlanMachine, job = sixSeconds, corrections = uncorrected) => {
  const decision = decide(machine, model.architecture, job, corrections);
  if (decision.kind !== 'fits') throw new Error('it fits');
  return { best: decision.best, cached: decision.offered.filter(({ plan }) => plan.steps === 'cached') };
};
const denoising = ({ prediction: { phases } }: ReturnType<typeof offeredOn>['best']) => {
  const found = phases.find(({ phase }) => phase === 'denoising');
  if (found === undefined) throw new Error('it denoises');
  return found;
};
const cpu: PlanMachine = {
  device: { kind: 'cpu', name: 'a processor', cores: 8 },
  host: { totalBytes: 96 * gib, roomBytes: 90 * gib, pinnableBytes: 0, locksFiles: true },
};

describe('steps that are cached', () => {
  it.each([
    ['resident', machineOf('RTX 4090', 20, 64)],
    ['streamed', machineOf('RTX 3060', 6, 32)],
    ['on the processor', cpu],
  ])('are offered with what they save, and take next to no memory (%s)', (_, machine) => {
    const {
      best,
      cached: [way],
    } = offeredOn(machine);
    if (way === undefined) throw new Error('it is offered');
    expect(way.plan).toEqual({ ...best.plan, steps: 'cached' });
    expect(denoising(way).seconds / denoising(best).seconds).toBeCloseTo(30 / 50, 1);
    expect(way.prediction.stepSeconds).toBeCloseTo(best.prediction.stepSeconds, 1);
    const need = (of: typeof best) => denoising(of).deviceNeed ?? denoising(of).hostBytes;
    expect(need(way)).toBeGreaterThan(need(best));
    expect(need(way) - need(best)).toBeLessThan(0.02 * gib);
    expect(way.reasons).toContainEqual(expect.objectContaining({ kind: 'cached-steps', calculated: 30, of: 50 }));
  });

  it('come below 0.9 s a step on an H100', () => {
    const [way] = offeredOn(h100).cached;
    if (way === undefined) throw new Error('it is offered');
    expect((way.prediction.stepSeconds * 30) / 50).toBeLessThan(0.9);
  });

  it('are not spoken of where all are calculated', () => {
    expect(offeredOn(machineOf('RTX 4090', 20, 64), { ...sixSeconds, steps: 8 }).cached).toEqual([]);
  });
});

describe('a plan whose steps are cached and that fails', () => {
  const machine = machineOf('RTX 4090', 20, 48);
  const [way] = offeredOn(machine).cached;
  if (way === undefined) throw new Error('it is offered');
  const { plan } = way;
  const short: Failure = {
    ...{ cause: 'device-memory', phase: 'denoising', detail: '', requestedBytes: gib / 4, freeBytes: 0 },
    ...{ allocatedBytes: 6 * gib, reservedBytes: 6 * gib, allowedBytes: 6 * gib },
  };

  it('is known to the planner', () => {
    const begun = { plan, kept: { kind: 'nothing' } } as const;
    const own = neighbourhood(machine, model.architecture, sixSeconds, uncorrected, begun)?.asItRan;
    expect(own?.prediction.seconds).toBeCloseTo(way.prediction.seconds, 6);
  });

  it('gives way to others of the same picture, from what is kept', () => {
    const failed = { plan, failure: short, kept: { kind: 'checkpoint', step: 20 } } as const;
    const { alternatives } = after(machine, model, sixSeconds, uncorrected, failed);
    expect(alternatives.length).toBeGreaterThan(0);
    for (const option of alternatives) expect(option.plan.steps).toBe('cached');
  });

  it('is no way out where memory ran out under another', () => {
    const failed = { plan: { ...plan, steps: 'all' }, failure: short, kept: { kind: 'nothing' } } as const;
    const able = machineOf('RTX 4090', 20, 48, { sageAttention: 0.6 });
    const { offered } = after(able, model, sixSeconds, uncorrected, failed);
    expect(offered.length).toBeGreaterThan(0);
    for (const option of offered) {
      expect(option.plan.steps).toBe('all');
      expect(isExact(option.plan)).toBe(false);
    }
  });

  it('may be left for the exact picture, and for others, by whoever asks for them', () => {
    const failed = { plan, failure: short, kept: { kind: 'nothing' } } as const;
    const able = machineOf('RTX 4090', 20, 48, { sageAttention: 0.6 });
    const { offered } = after(able, model, sixSeconds, uncorrected, failed);
    expect(offered.map((option) => shortcutOf(option.plan))).toEqual([null, 'sage-attention']);
  });
});

it('a plan that was kept before there was such a thing calculates every step', () => {
  const { steps: _, ...before } = offeredOn(cpu).best.plan;
  expect(Plan.parse(before).steps).toBe('all');
});

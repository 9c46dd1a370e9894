import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openStore, type Store } from '../storage/database.ts';
import { correctionsOf, uncorrected } from './corrections.ts';
import { catalogueModel, machineOf, sixSeconds } from './machine.fixture.ts';
import { Measurements, summary } from './measurements.ts';
import { decide, exactWays } from './plan.ts';
import type { Way } from './prediction.ts';

// Kernels of the worker's own are faster, and there at once.
const machine = machineOf('RTX 4090', 24, 64, { kernels: false, compiler: true });
const model = catalogueModel('cogvideox-5b');
const subject = { device: 'a', model: 'b', shape: '28' };
const denoising = ({ prediction }: Way) => prediction.phases.find(({ phase }) => phase === 'denoising')?.seconds ?? 0;
const compiled = (corrections = uncorrected): Way => {
  const way = exactWays(machine, model, sixSeconds, corrections).find(({ plan }) => plan.compile);
  if (way === undefined) throw new Error('It is never compiled.');
  return way;
};

describe('compiling', () => {
  let store: Store;
  let measurements: Measurements;
  beforeEach(() => {
    store = openStore(':memory:');
    measurements = new Measurements(store, () => 1000);
  });
  afterEach(() => store.close());
  /** Every step takes a tenth more than was said, whatever compiling takes. */
  const made = (compileSeconds: number, more = {}) => {
    const { raw } = compiled();
    const seconds = { denoising: 1.1 * raw.denoising.seconds + compileSeconds };
    measurements.add(subject, raw, { seconds, peaks: {}, compileSeconds, ...more });
  };

  it('costs what it took last, and says nothing of the steps', () => {
    const { raw } = compiled();
    for (const compileSeconds of [24, 3, 24, 0]) {
      made(compileSeconds);
      const corrections = measurements.corrections(subject);
      expect(corrections.denoising.seconds).toBeCloseTo(1.1, 9);
      expect(denoising(compiled(corrections))).toBeCloseTo(1.1 * raw.denoising.seconds + compileSeconds, 6);
    }
    // Of clips of another size nothing is on the disk.
    const elsewhere = measurements.corrections({ ...subject, shape: '30' }).denoising;
    expect(elsewhere).toMatchObject({ compiling: 1, measured: true });
    expect(elsewhere.seconds).toBeCloseTo(1.1, 9);
    expect(summary(measurements.all()).map(({ phase }) => phase)).toEqual(['denoising']);
  });

  it('where nothing of it is kept costs as much the next time', () => {
    made(2, { keepsCompiled: false });
    expect(measurements.corrections(subject).denoising.compiling).toBe(1);
    expect(measurements.corrections(subject).denoising.seconds).toBeCloseTo(1.1, 9);
  });

  it('pays for shorter clips once it is found on the disk', () => {
    const warm = correctionsOf(() => ({ seconds: 1, device: 1, host: 1, compiling: 0.1, measured: true }));
    const isCompiled = (steps: number, corrections = uncorrected) => {
      const decision = decide(machine, model, { ...sixSeconds, steps }, corrections);
      return decision.kind === 'fits' && decision.best.plan.compile;
    };
    const first = Array.from({ length: 100 }, (_, index) => index + 1).find((steps) => isCompiled(steps)) ?? 0;
    expect(first).toBeGreaterThan(2);
    expect(isCompiled(first - 1)).toBe(false);
    expect(isCompiled(first - 1, warm)).toBe(true);
  });
});

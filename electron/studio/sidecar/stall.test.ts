import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Phase, phases } from '../../../contract/render.ts';
import type { Progress } from '../../../contract/worker.ts';
import {
  allowedSeconds,
  beginPulse,
  type Expected,
  heard,
  looked,
  type Pulse,
  patience,
  stalledFor,
  stepUnderWay,
  stopping,
} from './stall.ts';

const jobId = 'a';
const kept = { kind: 'nothing' } as const;
const phase = (name: Phase): Progress => ({ type: 'phase', jobId, phase: name, kept });
const step = (n: number, seconds: number, of = 50): Progress => ({
  ...{ type: 'step', jobId, phase: 'denoising', step: n, of, seconds },
});
const batch = (n: number, seconds: number): Progress => ({
  ...{ type: 'step', jobId, phase: 'decoding', step: n, of: 13, seconds },
});
const predicted = (seconds: Partial<Record<Phase, number>>, stepSeconds: number): Expected => ({
  phases: phases.map((name) => ({
    ...{ phase: name, seconds: seconds[name] ?? 0, deviceBytes: null, deviceNeed: null, hostBytes: 0 },
  })),
  stepSeconds,
});
const expected = predicted({ loading: 20, encoding: 4, denoising: 500, decoding: 30 }, 10);
const after = (...messages: Progress[]): Pulse =>
  messages.reduce((pulse, message) => heard(pulse, message, 0), beginPulse(0));
/** Looks twice a second, as the supervisor does, until it is taken for hung; after at most `seconds`. */
function hangsAfter(pulse: Pulse, seconds: number, of: Expected | null = expected): number | null {
  let watched = pulse;
  for (let now = 0; now <= seconds * 1000; now += 500) {
    watched = looked(watched, now);
    const stood = stalledFor(watched, now, of, patience);
    if (stood !== null) return stood;
  }
  return null;
}

describe('a render that stands still', () => {
  it.each<[string, Pulse, Expected | null, number]>([
    ['before its first phase', beginPulse(0), expected, 1200],
    ['while loading', after(phase('loading')), expected, 1200],
    ['while loading what takes long by prediction', after(phase('loading')), predicted({ loading: 400 }, 10), 4000],
    ['before the first step, with all that may be compiled', after(phase('denoising')), expected, 1200],
    ['before a first step that takes long', after(phase('denoising')), predicted({}, 600), 6000],
    ['between steps', after(phase('denoising'), step(1, 60), step(2, 9)), expected, 1800],
    ['between short steps', after(phase('denoising'), step(1, 0.4), step(2, 0.05)), expected, 300],
    ['without a prediction', after(phase('denoising'), step(1, 20)), null, 600],
    ['in a phase that follows', after(phase('denoising'), step(1, 60), phase('decoding')), expected, 1200],
    ['between batches', after(phase('decoding'), batch(1, 2)), expected, 300],
    ['when it was asked to stop', stopping(after(phase('denoising'), step(1, 8)), 0), expected, 60],
    ['when it was asked to stop in a long step', stopping(after(phase('denoising'), step(1, 80)), 0), expected, 240],
  ])('%s is taken for hung after its time and no earlier', (_, pulse, of, seconds) => {
    expect(allowedSeconds(pulse, of, patience)).toBe(seconds);
    expect(hangsAfter(pulse, seconds, of)).toBeNull();
    expect(hangsAfter(pulse, seconds + 1, of)).toBe(seconds + 0.5);
  });

  it('names the step that is under way', () => {
    expect(stepUnderWay(after(phase('loading')))).toBeNull();
    expect(stepUnderWay(after(phase('denoising')))).toBe(1);
    expect(stepUnderWay(after(phase('denoising'), step(7, 1)))).toBe(8);
    expect(stepUnderWay(after(phase('denoising'), step(50, 1)))).toBe(50);
    expect(stepUnderWay(after(phase('denoising'), step(50, 1), phase('finishing')))).toBeNull();
  });

  it('remembers what is safe on disk', () => {
    const pulse = after(
      phase('loading'),
      { type: 'saved', jobId, kept: { kind: 'checkpoint', step: 4 } },
      phase('decoding'),
    );
    expect(pulse.kept).toEqual({ kind: 'checkpoint', step: 4 });
  });
});

describe('a render that gets on', () => {
  it('is never taken for hung, though one step takes thirty times as long as another', () => {
    const longest = fc.double({ min: 0.01, max: 3000, noNaN: true });
    const shares = fc.array(fc.double({ min: 1 / 30, max: 1, noNaN: true }), { minLength: 2, maxLength: 40 });
    fc.assert(
      fc.property(longest, shares, (most, all) => {
        let pulse = after(phase('denoising'), step(1, most / 30, 100));
        let now = 0;
        for (const [index, share] of all.entries()) {
          now += most * share * 1000;
          expect(stalledFor(pulse, now, expected, patience)).toBeNull();
          pulse = heard(pulse, step(index + 2, most * share, 100), now);
        }
      }),
    );
  });

  it('is given its whole time again after the machine slept, in any phase, however long', () => {
    const hours = fc.integer({ min: 1, max: 100 });
    fc.assert(
      fc.property(fc.constantFrom(...phases), hours, fc.integer({ min: 0, max: 250 }), (name, slept, before) => {
        let pulse = after(phase(name));
        let now = 0;
        for (; now < before * 1000; now += 500) pulse = looked(pulse, now);
        now += slept * 3_600_000;
        pulse = looked(pulse, now);
        expect(stalledFor(pulse, now, expected, patience)).toBeNull();
        const woken = now;
        const allowed = allowedSeconds(pulse, expected, patience);
        for (; now <= woken + allowed * 1000; now += 500) {
          pulse = looked(pulse, now);
          if (stalledFor(pulse, now, expected, patience) !== null)
            throw new Error(`hung after ${(now - woken) / 1000} s`);
        }
        expect(stalledFor(looked(pulse, now + 500), now + 500, expected, patience)).not.toBeNull();
      }),
      { numRuns: 30 },
    );
  });

  it('is never more hung for having been heard of', () => {
    const message = fc.oneof(
      fc.constantFrom(...phases).map(phase),
      fc
        .tuple(fc.integer({ min: 1, max: 50 }), fc.double({ min: 0, max: 1000, noNaN: true }))
        .map(([n, took]) => step(n, took)),
      fc.constant<Progress>({ type: 'saved', jobId, kept }),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(message, fc.nat(1e7)), { maxLength: 20 }), (told) => {
        let [pulse, now] = [beginPulse(0), 0];
        for (const [each, wait] of told) {
          now += wait;
          pulse = heard(pulse, each, now);
          expect(stalledFor(pulse, now, expected, patience)).toBeNull();
          expect(allowedSeconds(pulse, expected, patience)).toBeGreaterThanOrEqual(patience.step);
        }
      }),
    );
  });
});

import { describe, expect, it } from 'vitest';
import type { CardSample, Sample } from '../../../contract/telemetry.ts';
import { busRate, type Rendering, verdict } from './verdict.ts';

const GiB = 2 ** 30;
const begin = 1_800_000_000_000;
const well: CardSample = {
  card: 'GPU-1',
  utilisation: 97,
  memoryOurs: 8 * GiB,
  memoryUsed: 9 * GiB,
  memoryTotal: 12 * GiB,
  power: 180,
  powerLimit: 200,
  temperature: 66,
  clockGraphics: 2475,
  clockMemory: 10_501,
  pcieReceive: 1e8,
  slowedBy: 'nothing',
};
/** `seconds` of samples, four a second, ending now. */
const samples = (
  seconds: number,
  card: Partial<CardSample> | ((index: number) => Partial<CardSample>),
  cpu = 20,
): Sample[] =>
  Array.from({ length: seconds * 4 + 1 }, (_, index) => ({
    time: begin + index * 250,
    cards: [{ ...well, ...(typeof card === 'function' ? card(index) : card) }],
    host: { cpu, load: null, memoryUsed: 1, memoryTotal: 2, diskUsed: 1, diskTotal: 2 },
  }));
const denoising: Rendering = { phase: 'denoising', since: begin - 1000, onCard: true };
const card = { id: 'GPU-1', pcie: '4.0 x4' };

describe('a verdict', () => {
  it('says nothing of a render that goes well, nor without one', () => {
    expect(verdict(samples(40, {}), denoising, card)).toBeNull();
    expect(verdict(samples(40, { utilisation: 5 }), null, card)).toBeNull();
    expect(verdict([], denoising, card)).toBeNull();
  });

  it('says that the card idles, only after ten seconds below sixty percent while it denoises', () => {
    const idle = { utilisation: 59, power: 120 };
    expect(verdict(samples(12, idle), denoising, card)).toEqual({ kind: 'idle', utilisation: 59, cpu: 20 });
    expect(verdict(samples(9, idle), denoising, card)).toBeNull();
    expect(verdict(samples(12, { utilisation: 60 }), denoising, card)).toBeNull();
    expect(
      verdict(
        samples(12, (index) => (index === 30 ? {} : idle)),
        denoising,
        card,
      ),
    ).toBeNull();
    expect(verdict(samples(12, idle), { ...denoising, phase: 'loading' }, card)).toBeNull();
    expect(verdict(samples(12, idle), { ...denoising, since: begin + 5000 }, card)).toBeNull();
    expect(verdict(samples(12, idle), { ...denoising, onCard: false }, card)).toBeNull();
    expect(verdict(samples(12, idle), denoising, { ...card, id: 'GPU-2' })).toBeNull();
  });

  it('takes a gap for no evidence', () => {
    expect(
      verdict(
        samples(12, (index) => ({ utilisation: index % 2 ? null : 10 })),
        denoising,
        card,
      ),
    ).toBeNull();
    expect(verdict(samples(12, { utilisation: null }), denoising, card)).toBeNull();
  });

  it('names the bus when it is what the card waits for', () => {
    expect(verdict(samples(12, { utilisation: 58, pcieReceive: 6.1e9 }), denoising, card)).toMatchObject({
      kind: 'copies',
      pcie: '4.0 x4',
      receive: 6.1e9,
    });
    expect(
      verdict(samples(12, { utilisation: 58, pcieReceive: 6.1e9 }), denoising, { ...card, pcie: '4.0 x16' })?.kind,
    ).toBe('idle');
    expect(busRate('4.0 x4')).toBeCloseTo(7.876e9);
    expect(busRate(null)).toBeNull();
    expect(busRate('9.0 x4')).toBeNull();
  });

  it('knows busy from working by the power', () => {
    expect(verdict(samples(12, { utilisation: 99, power: 49 }), denoising, card)).toEqual({
      kind: 'waits',
      utilisation: 99,
      power: 49,
      powerLimit: 200,
    });
    expect(verdict(samples(12, { utilisation: 99, power: 70 }), denoising, card)).toBeNull();
    expect(verdict(samples(12, { utilisation: 99, power: 49, powerLimit: null }), denoising, card)).toBeNull();
  });

  it('says that memory is nearly full, unless it is falling', () => {
    const full = { memoryUsed: 11.8 * GiB };
    expect(verdict(samples(12, full), denoising, card)).toEqual({
      kind: 'memory-full',
      used: 11.8 * GiB,
      total: 12 * GiB,
    });
    expect(
      verdict(
        samples(12, (index) => ({ memoryUsed: 11.9 * GiB - index })),
        denoising,
        card,
      ),
    ).toBeNull();
  });

  it('says that it is too hot only when the clock fell for it', () => {
    const hot = (index: number) => ({ temperature: index > 20 ? 86 : 70, clockGraphics: index > 20 ? 1800 : 2475 });
    expect(verdict(samples(20, hot), denoising, card)).toMatchObject({ kind: 'hot', temperature: 86, usual: 2475 });
    expect(verdict(samples(20, { temperature: 86 }), denoising, card)).toBeNull();
  });

  it('says that the processor is at its limit after thirty seconds', () => {
    expect(verdict(samples(35, {}, 97), denoising, card)).toMatchObject({ kind: 'processor' });
    expect(verdict(samples(25, {}, 97), denoising, card)).toBeNull();
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { phases } from '../../../contract/render.ts';
import type { CardSample, CardUser, Health, HostSample, Sample } from '../../../contract/telemetry.ts';
import { type Situation, verdict } from './verdict.ts';

const GiB = 2 ** 30;
const begin = 1_800_000_000_000;
const healthy: Health = { kind: 'healthy' };
const well: CardSample = {
  card: 'GPU-1',
  ...{ utilisation: 97, memoryOurs: 8 * GiB, memoryUsed: 9 * GiB, memoryTotal: 12 * GiB },
  ...{ power: 180, powerLimit: 200, temperature: 66, clockGraphics: 2475, clockMemory: 10_501 },
  ...{ pcieReceive: 1e8, slowedBy: 'power' },
};
const idle: HostSample = { cpu: 20, load: 0.3, memoryUsed: 10, memoryTotal: 32, diskUsed: 1, diskTotal: 2 };
const denoising: Situation = {
  ...{ phase: 'denoising', since: begin - 60_000, streams: false, step: { now: 4, usual: 4 }, others: [] },
  card: { id: 'GPU-1', pcie: '4.0 x16', reserveBytes: GiB },
};

interface Reading {
  card?: Partial<CardSample>;
  host?: Partial<HostSample>;
}
/** `seconds` of samples, four a second, ending at `begin`. */
function samples(seconds: number, reading: Reading | ((index: number) => Reading)): Sample[] {
  const count = seconds * 4 + 1;
  return Array.from({ length: count }, (_, index) => {
    const { card = {}, host = {} } = typeof reading === 'function' ? reading(index) : reading;
    return { time: begin - (count - 1 - index) * 250, cards: [{ ...well, ...card }], host: { ...idle, ...host } };
  });
}
const utilised = (utilisation: number) => samples(12, { card: { utilisation, slowedBy: 'nothing' } });
const said = (of: Sample[], situation: Partial<Situation> = {}, before: Health = healthy): Health =>
  verdict(before, of, { ...denoising, ...situation });

describe('a card that waits', () => {
  const underused: Health = said(utilised(50));

  it.each<[number, Health['kind'], Health['kind']]>([
    [98, 'healthy', 'healthy'],
    [82.7, 'healthy', 'healthy'],
    [75, 'healthy', 'healthy'],
    [74.9, 'healthy', 'underused'],
    [63.2, 'healthy', 'underused'],
    [60, 'healthy', 'underused'],
    [59.9, 'underused', 'underused'],
    [5, 'underused', 'underused'],
  ])('at %d percent is %s; after an alarm %s', (utilisation, first, later) => {
    expect(said(utilised(utilisation)).kind).toBe(first);
    expect(said(utilised(utilisation), {}, underused).kind).toBe(later);
  });

  it('is one only after ten seconds, of this phase, while denoising', () => {
    expect(said(samples(9, { card: { utilisation: 5 } }))).toEqual(healthy);
    expect(said(utilised(5), { since: begin - 9_000 })).toEqual(healthy);
    for (const phase of phases)
      expect(said(utilised(5), { phase }).kind).toBe(phase === 'denoising' ? 'underused' : 'healthy');
    expect(verdict(underused, utilised(5), null)).toEqual(healthy);
  });

  it('takes a gap for no evidence', () => {
    const holes = samples(12, (index) => ({ card: { utilisation: index % 2 ? null : 10 } }));
    expect(said(holes)).toEqual(healthy);
    expect(said(samples(12, { card: { utilisation: null } }))).toEqual(healthy);
    expect(said(utilised(10).map((sample) => ({ ...sample, cards: [] })))).toEqual(healthy);
    // The machine slept, and has just begun to be looked at again.
    const slept = utilised(10).map((sample, index, all) =>
      index < all.length - 4 ? { ...sample, time: sample.time - 3_600_000 } : sample,
    );
    expect(said(slept)).toEqual(healthy);
    expect(said([])).toEqual(healthy);
  });

  it.each<[string, Reading, Partial<Situation>, string]>([
    ['weights that come over the bus, by the plan', {}, { streams: true }, 'streaming'],
    [
      'a bus that carries what it can',
      { card: { pcieReceive: 6.1e9 } },
      { card: { ...denoising.card, pcie: '4.0 x4' } },
      'streaming',
    ],
    ['the same on a bus that could carry more', { card: { pcieReceive: 6.1e9 } }, {}, 'unknown'],
    ['other programs on the processor', { host: { cpu: 97 } }, {}, 'processor'],
    ['a full memory of the computer', { host: { memoryUsed: 31.5, cpu: 97 } }, { streams: true }, 'paging'],
    ['heat', { card: { slowedBy: 'heat' } }, { streams: true }, 'heat'],
    ['a battery', { card: { slowedBy: 'power', power: 35 } }, {}, 'power'],
    ['nothing that could be seen', {}, {}, 'unknown'],
  ])('because of %s', (_, { card, host }, situation, cause) => {
    const reading = { card: { slowedBy: 'nothing' as const, ...card, utilisation: 40 }, host: host ?? {} };
    expect(said(samples(12, reading), situation)).toMatchObject({ kind: 'underused', cause, utilisation: 40 });
  });

  it('and calls itself busy is told by the power that it does not draw', () => {
    const busy = (power: number) => samples(12, { card: { utilisation: 99, power, slowedBy: 'nothing' } });
    expect(said(busy(49), { streams: true })).toMatchObject({ kind: 'underused', cause: 'streaming', power: 49 });
    expect(said(busy(110))).toEqual(healthy);
    expect(said(busy(90), {}, said(busy(49))).kind).toBe('underused');
    expect(said(samples(12, { card: { utilisation: 99, power: null } }))).toEqual(healthy);
  });

  it('keeps the name of the program that was found, as long as the cause is the same', () => {
    const first = said(samples(12, { card: { utilisation: 40, slowedBy: 'nothing' }, host: { cpu: 98 } }));
    const named = { ...first, program: 'miner.exe' } as Health;
    expect(
      said(samples(12, { card: { utilisation: 41, slowedBy: 'nothing' }, host: { cpu: 98 } }), {}, named),
    ).toMatchObject({
      program: 'miner.exe',
    });
    expect(said(utilised(41), {}, named)).toMatchObject({ cause: 'unknown', program: null });
  });
});

describe('the processor of four cores', () => {
  const under = (load: number | null, cpu: number, seconds = 31) => samples(seconds, { host: { load, cpu } });
  it.each([
    [3.0, 'healthy', 'healthy'],
    [5.0, 'healthy', 'processor'],
    [6.9, 'healthy', 'processor'],
    [7.0, 'processor', 'processor'],
  ])('with a load of %d for 30 s is %s; after an alarm %s', (load, first, later) => {
    expect(said(under(load / 4, 100)).kind).toBe(first);
    expect(said(under(load / 4, 100), {}, said(under(2, 100))).kind).toBe(later);
    expect(said(under(load / 4, 100, 29))).toEqual(healthy);
  });

  it('where no load is told is judged by its use', () => {
    expect(said(under(null, 99))).toMatchObject({ kind: 'processor', percent: 99 });
    expect(said(under(null, 94))).toEqual(healthy);
    expect(said(under(null, 80), {}, said(under(null, 99))).kind).toBe('processor');
    expect(said(under(null, 74), {}, said(under(null, 99)))).toEqual(healthy);
  });
});

describe('the memory of the card', () => {
  const used = (free: number, per = 0) =>
    samples(12, (index) => ({ card: { memoryUsed: 12 * GiB - free + index * per } }));
  const others: CardUser[] = [{ pid: 1, name: 'game.exe', ours: false, bytes: 3 * GiB, utilisation: null }];
  it('is nearly full when less than half of what plans leave is free, and does not become more', () => {
    expect(said(used(0.4 * GiB), { others })).toEqual({
      ...{
        kind: 'nearly-full',
        usedBytes: 11.6 * GiB,
        totalBytes: 12 * GiB,
        others: [{ name: 'game.exe', bytes: 3 * GiB }],
      },
    });
    expect(said(used(0.4 * GiB, 1000)).kind).toBe('nearly-full');
    expect(said(used(0.4 * GiB, -1000))).toEqual(healthy);
    expect(said(used(0.6 * GiB))).toEqual(healthy);
    expect(said(used(0.6 * GiB), {}, said(used(0.4 * GiB))).kind).toBe('nearly-full');
    expect(said(used(GiB), {}, said(used(0.4 * GiB)))).toEqual(healthy);
  });
});

describe('a card that works, and slower than it could', () => {
  it('is too hot where the driver says so', () => {
    const hot = (often: number) =>
      samples(12, (index) => ({ card: { temperature: 87, slowedBy: index % 10 < often ? 'heat' : 'nothing' } }));
    expect(said(hot(10))).toMatchObject({ kind: 'slowed', cause: 'heat', temperature: 87, usualClock: 2475 });
    expect(said(hot(5))).toEqual(healthy);
    expect(said(hot(5), {}, said(hot(10))).kind).toBe('slowed');
    expect(said(hot(1), {}, said(hot(10)))).toEqual(healthy);
  });

  it('is so by its clock where nothing is said', () => {
    const slow = (temperature: number, clock: number) =>
      samples(20, (index) => ({ card: { temperature, slowedBy: null, clockGraphics: index < 10 ? 2475 : clock } }));
    expect(said(slow(85, 2100))).toMatchObject({ kind: 'slowed', cause: 'heat', clock: 2100, usualClock: 2475 });
    expect(said(slow(85, 2400))).toEqual(healthy);
    expect(said(slow(70, 2100))).toEqual(healthy);
  });

  it('is shared where steps take longer and somebody else calculates', () => {
    const rivals: CardUser[] = [
      { pid: 1, name: 'game.exe', ours: false, bytes: null, utilisation: 45 },
      { pid: 2, name: 'dwm.exe', ours: false, bytes: null, utilisation: 11 },
      { pid: 3, name: 'explorer.exe', ours: false, bytes: null, utilisation: null },
    ];
    const slow = { step: { now: 6.1, usual: 4 }, others: rivals };
    expect(said(samples(12, {}), slow)).toMatchObject({
      kind: 'slowed',
      cause: 'another-program',
      program: 'game.exe',
    });
    expect(said(samples(12, {}), { ...slow, step: { now: 5, usual: 4 } })).toEqual(healthy);
    expect(said(samples(12, {}), { ...slow, step: { now: 5, usual: 4 } }, said(samples(12, {}), slow)).kind).toBe(
      'slowed',
    );
    expect(said(samples(12, {}), { ...slow, others: rivals.slice(2) })).toEqual(healthy);
    expect(said(samples(12, {}), { ...slow, step: null })).toEqual(healthy);
  });
});

describe('whatever comes', () => {
  const number = (min: number, max: number) => fc.double({ min, max, noNaN: true });
  const fine = fc.record({
    card: fc.record({
      utilisation: fc.option(number(75, 100)),
      memoryUsed: fc.option(number(0, 11 * GiB)),
      power: fc.option(number(110, 200)),
      temperature: fc.option(number(20, 82)),
      clockGraphics: fc.option(number(300, 2600)),
      pcieReceive: fc.option(number(0, 3e10)),
      slowedBy: fc.constantFrom(null, 'nothing' as const, 'power' as const),
    }),
    host: fc.record({ cpu: fc.option(number(0, 74)), load: fc.option(number(0, 0.74)) }),
  });
  const before = fc.constantFrom<Health>(
    healthy,
    {
      kind: 'underused',
      cause: 'unknown',
      utilisation: 1,
      power: null,
      powerLimit: null,
      pcieReceive: null,
      program: null,
    },
    { kind: 'slowed', cause: 'heat', temperature: null, clock: null, usualClock: null, program: null },
    { kind: 'nearly-full', usedBytes: 1, totalBytes: 1, others: [] },
    { kind: 'processor', percent: 99, program: 'a' },
  );

  it('healthy readings are never an alarm, and end every one', () => {
    fc.assert(
      fc.property(fc.array(fine, { minLength: 1, maxLength: 40 }), before, fc.boolean(), (readings, said_, streams) => {
        const all = samples(40, (index) => readings[index % readings.length] ?? {});
        expect(said(all, { streams }, said_)).toEqual(healthy);
      }),
    );
  });

  it('nothing is said in the first ten seconds of a phase', () => {
    const any = fc.record({
      card: fc.record({
        utilisation: fc.option(number(0, 100)),
        memoryUsed: number(0, 12 * GiB),
        power: number(0, 200),
        temperature: number(0, 110),
      }),
      host: fc.record({ cpu: number(0, 100), load: fc.option(number(0, 100)) }),
    });
    fc.assert(
      fc.property(fc.array(any, { minLength: 1, maxLength: 20 }), before, fc.nat(9_999), (readings, said_, ago) => {
        const all = samples(60, (index) => readings[index % readings.length] ?? {});
        expect(said(all, { since: begin - ago }, said_)).toEqual(healthy);
      }),
    );
  });
});

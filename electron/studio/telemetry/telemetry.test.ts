import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Sample } from '../../../contract/telemetry.ts';
import {
  answers,
  cannotCompile,
  card4070,
  type FakeNvml,
  fakeNvml,
  type ScriptedCard,
} from '../../../e2e/fakeNvml/index.ts';
import { startTelemetry, type Telemetry, type TelemetryOptions } from './index.ts';
import { machineOf, machineWith, until } from './telemetry.fixture.ts';

const reason = cannotCompile();
if (reason) console.warn(`Skipped, everything that reads a card through NVML: ${reason}`);

const GiB = 2 ** 30;
const second: ScriptedCard = {
  uuid: 'GPU-3060bbbb-0000-4000-8000-000000000002',
  name: 'NVIDIA GeForce RTX 3060',
  readings: { utilisation: 7, memoryTotal: 8 * GiB, memoryUsed: GiB, temperature: 41 },
};
const driver = '592.14';

let folder: string;
let telemetry: Telemetry | null = null;

beforeEach(() => {
  folder = join(tmpdir(), `reelwright-telemetry-${randomUUID()}`);
  mkdirSync(folder, { recursive: true });
});
afterEach(async () => {
  await telemetry?.dispose();
  telemetry = null;
  rmSync(folder, { recursive: true, force: true });
});

function start(options: Partial<TelemetryOptions>): Telemetry {
  telemetry = startTelemetry({ clipsFolder: () => join(folder, 'not', 'yet'), samplesPerSecond: 50, ...options });
  return telemetry;
}

const cardOf = (sample: Sample, { uuid }: ScriptedCard) => sample.cards.find(({ card }) => card === uuid);

describe.skipIf(reason !== null)('cards by NVML', () => {
  const withFake = (cards: ScriptedCard[]): { fake: FakeNvml; live: Telemetry } => {
    const fake = fakeNvml(folder, { driver, cards });
    return { fake, live: start({ nvmlLibrary: fake.library }) };
  };

  it('says exactly what the driver says, in our units', async () => {
    const { live } = withFake([card4070]);
    const machine = await machineOf(live);
    expect(machine.source).toEqual({ kind: 'nvml' });
    expect(machine.cards).toEqual([
      { id: card4070.uuid, name: card4070.name, driver, memoryTotal: 12 * GiB, powerLimit: 200, pcie: '4.0 x4' },
    ]);
    const sample = await until(live, ({ host }) => host.cpu !== null && host.diskTotal !== null);
    expect(Sample.safeParse(sample).success).toBe(true);
    expect(sample.cards).toEqual([
      {
        card: card4070.uuid,
        utilisation: 58,
        memoryOurs: null,
        memoryUsed: Math.round(9.1 * GiB),
        memoryTotal: 12 * GiB,
        power: 112,
        powerLimit: 200,
        temperature: 64,
        clockGraphics: 2475,
        clockMemory: 10_501,
        pcieReceive: 6_100_000_000,
        slowedBy: null,
      },
    ]);
  });

  it('follows a spike, and keeps it for the history', async () => {
    const { fake, live } = withFake([card4070]);
    await until(live, ({ cards }) => cards[0]?.utilisation === 58);
    fake.script({ driver, cards: [{ ...card4070, readings: { ...card4070.readings, utilisation: 100 } }] });
    await until(live, ({ cards }) => cards[0]?.utilisation === 100);
    const { times, series } = await live.history({ card: card4070.uuid, seconds: 10, points: 500 });
    const seen = series['utilisation']?.filter((value) => value !== null) ?? [];
    expect(new Set(seen)).toEqual(new Set([58, 100]));
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    expect(times).toHaveLength(500);
    expect(Object.keys(series)).toEqual([
      'utilisation',
      'memoryOurs',
      'memoryUsed',
      'power',
      'temperature',
      'clockGraphics',
      'clockMemory',
      'pcieReceive',
    ]);
    const host = await live.history({ card: null, seconds: 10, points: 500 });
    expect(Object.keys(host.series)).toEqual(['cpu', 'memoryUsed', 'diskUsed']);
    expect(host.series['memoryUsed']?.some((value) => value !== null && value > 0)).toBe(true);
  });

  it('leaves out what a card does not support, and what it could not read this time', async () => {
    const { fake, live } = withFake([second]);
    const sample = await until(live, ({ cards }) => cards[0]?.utilisation === 7);
    expect(sample.cards[0]).toMatchObject({
      power: null,
      powerLimit: null,
      clockGraphics: null,
      pcieReceive: null,
      temperature: 41,
      memoryUsed: GiB,
    });
    fake.script({ driver, cards: [{ ...second, readings: { ...second.readings, temperature: answers.unknown } }] });
    const odd = await until(live, ({ cards }) => cards[0]?.temperature === null);
    expect(odd.cards[0]?.utilisation).toBe(7);
    fake.script({ driver, cards: [second] });
    await until(live, ({ cards }) => cards[0]?.temperature === 41);
  });

  it('asks a field that is not supported only now and then', async () => {
    const dumb = { ...second, readings: { ...second.readings, power: answers.notSupported } };
    const { fake, live } = withFake([dumb]);
    await until(live, ({ cards }) => cards[0]?.utilisation === 7);
    fake.script({ driver, cards: [{ ...second, readings: { ...second.readings, utilisation: 8, power: 9000 } }] });
    const sample = await until(live, ({ cards }) => cards[0]?.utilisation === 8);
    expect(sample.cards[0]?.power).toBeNull();
  });

  it.each([
    [0x1, 'nothing'],
    [0x4, 'power'],
    [0x80 | 0x8, 'power'],
    [0x20 | 0x4, 'heat'],
    [0x40 | 0x8, 'heat'],
    [0x100, 'nothing'],
  ])('says what keeps the clock down: bits %d', async (slowdown, slowedBy) => {
    const { live } = withFake([{ ...second, readings: { ...second.readings, slowdown } }]);
    const sample = await until(live, ({ cards }) => cards[0]?.slowedBy != null);
    expect(sample.cards[0]?.slowedBy).toBe(slowedBy);
  });

  it('reads received bytes from the counter where there is one', async () => {
    const counting = (bytes: number) => ({ ...second, readings: { ...second.readings, pcieReceived: bytes } });
    const { fake, live } = withFake([counting(1e9)]);
    await until(live, ({ cards }) => cards[0]?.pcieReceive === 0);
    fake.script({ driver, cards: [counting(2e9)] });
    const sample = await until(live, ({ cards }) => (cards[0]?.pcieReceive ?? 0) > 0);
    // A thousand million bytes within one interval of 20 ms, or somewhat more on a busy machine.
    expect(sample.cards[0]?.pcieReceive).toBeGreaterThan(1e8);
    fake.script({ driver, cards: [counting(5)] });
    await until(live, ({ cards }) => cards[0]?.pcieReceive === null);
  });

  it('keeps a second card going while the first is pulled out, and finds the first again', async () => {
    const { fake, live } = withFake([card4070, second]);
    await until(live, ({ cards }) => cards.length === 2 && cards.every(({ utilisation }) => utilisation !== null));
    fake.script({ driver, cards: [second] });
    const without = await until(live, (sample) => cardOf(sample, card4070)?.utilisation === null);
    expect(cardOf(without, card4070)).toMatchObject({ memoryUsed: null, memoryTotal: null, power: null });
    await until(live, (sample) => cardOf(sample, second)?.utilisation === 7);
    const machine = await machineOf(live);
    expect(machine.source).toEqual({ kind: 'nvml' });
    expect(machine.cards.map(({ id }) => id)).toEqual([card4070.uuid, second.uuid]);
    fake.script({ driver, cards: [card4070, second] });
    await until(live, (sample) => cardOf(sample, card4070)?.utilisation === 58);
  });

  it.each([
    ['the only card is lost', { cards: [] }],
    ['the driver is gone', { init: answers.driverNotLoaded, cards: [] }],
  ])('says so when %s, and goes on when it is back', async (_, gone) => {
    const { fake, live } = withFake([card4070]);
    await until(live, ({ cards }) => cards[0]?.utilisation === 58);
    fake.script({ driver, ...gone });
    const lost = await until(live, ({ cards }) => cards[0]?.utilisation === null);
    expect(lost.cards).toHaveLength(1);
    expect(lost.host.memoryTotal).toBeGreaterThan(0);
    const machine = await machineWith(live, ({ source }) => source.kind === 'none');
    expect(machine.source).toEqual({ kind: 'none', reason: 'driver-lost' });
    expect(machine.cards[0]?.name).toBe(card4070.name);
    fake.script({ driver: '600.01', cards: [card4070] });
    await until(live, ({ cards }) => cards[0]?.utilisation === 58);
    const back = await machineWith(live, ({ source }) => source.kind === 'nvml');
    expect(back.cards[0]?.driver).toBe('600.01');
  });

  it('shows a single lost call of a card that is still there as a gap', async () => {
    const { fake, live } = withFake([card4070]);
    await until(live, ({ cards }) => cards[0]?.power === 112);
    fake.script({ driver, cards: [{ ...card4070, readings: { ...card4070.readings, memoryUsed: answers.lost } }] });
    await until(live, ({ cards }) => cards[0]?.utilisation === null);
    fake.script({ driver, cards: [card4070] });
    await until(live, ({ cards }) => cards[0]?.power === 112);
  });

  it('says that there is a driver and no card', async () => {
    const { live } = withFake([]);
    expect((await machineOf(live)).source).toEqual({ kind: 'none', reason: 'no-card' });
  });

  it('says that there is no driver, and takes it up when it comes', async () => {
    const fake = fakeNvml(folder, { driver, init: answers.driverNotLoaded, cards: [] });
    const live = start({ nvmlLibrary: fake.library });
    expect((await machineOf(live)).source).toEqual({ kind: 'none', reason: 'no-driver' });
    fake.script({ driver, cards: [card4070] });
    await until(live, ({ cards }) => cards[0]?.utilisation === 58);
  });

  it('tells who holds memory, and which of it is ours', async () => {
    const ownName = readFileSync(`/proc/${process.pid}/comm`, 'utf8').trim();
    const processes = [
      { pid: 77, bytes: 600_000_000, name: 'C:\\Program Files\\Firefox\\firefox.exe' },
      { pid: 4242, bytes: 8_200_000_000, name: '/opt/python/bin/python3', utilisation: 80 },
      { pid: 5, bytes: null, name: 'dwm.exe' },
      // One whose name the driver keeps to itself.
      { pid: process.pid, bytes: 1000, name: '' },
    ];
    const { fake, live } = withFake([{ ...card4070, processes }]);
    live.ours({ pid: 4242, reservedBytes: 1 });
    await until(live, ({ cards }) => cards[0]?.memoryOurs === 8_200_000_000);
    expect(await live.users(card4070.uuid)).toEqual([
      { pid: 4242, name: 'python3', ours: true, bytes: 8_200_000_000, utilisation: 80 },
      { pid: 77, name: 'firefox.exe', ours: false, bytes: 600_000_000, utilisation: 0 },
      { pid: process.pid, name: ownName, ours: false, bytes: 1000, utilisation: 0 },
      { pid: 5, name: 'dwm.exe', ours: false, bytes: null, utilisation: 0 },
    ]);
    expect(await live.users('GPU-unknown')).toEqual([]);
    // What is ours grows with what is used, and no moment makes it look like others'.
    const grown = { ...card4070.readings, memoryUsed: 11 * GiB };
    fake.script({
      driver,
      cards: [{ ...card4070, readings: grown, processes: [{ pid: 4242, bytes: 10 * GiB, name: 'p' }] }],
    });
    const sample = await until(live, ({ cards }) => cards[0]?.memoryUsed === 11 * GiB);
    expect(sample.cards[0]?.memoryOurs).toBe(10 * GiB);
    // Where the driver does not tell, as on Windows, the worker's own figure counts.
    fake.script({ driver, cards: [{ ...card4070, processes: [{ pid: 4242, bytes: null, name: 'python.exe' }] }] });
    live.ours({ pid: 4242, reservedBytes: 3 * GiB });
    await until(live, ({ cards }) => cards[0]?.memoryOurs === 3 * GiB);
    expect(await live.users(card4070.uuid)).toEqual([
      { pid: 4242, name: 'python.exe', ours: true, bytes: 3 * GiB, utilisation: null },
    ]);
  });

  it('writes what was measured as CSV', async () => {
    const { live } = withFake([{ ...second, name: 'A "quoted", card' }]);
    await until(live, ({ cards, host }) => cards[0]?.utilisation === 7 && host.cpu !== null);
    const lines = (await live.csv(60)).split('\r\n');
    expect(lines[0]).toBe(
      'time,"A ""quoted"", card utilisation %","A ""quoted"", card memory ours bytes","A ""quoted"", card memory used bytes",' +
        '"A ""quoted"", card power W","A ""quoted"", card temperature C","A ""quoted"", card graphics clock MHz",' +
        '"A ""quoted"", card memory clock MHz","A ""quoted"", card PCIe receive bytes/s",CPU %,RAM used bytes,disk used bytes',
    );
    expect(lines.at(-1)).toBe('');
    const [time, ...cells] = lines.at(-2)?.split(',') ?? [];
    expect(new Date(time ?? '').toISOString()).toBe(time);
    expect(cells.slice(0, 8)).toEqual(['7', '', String(GiB), '', '41', '', '', '']);
  });

  it('answers and tells nothing after its end', async () => {
    const { live } = withFake([card4070]);
    await machineOf(live);
    let told = 0;
    live.watch(() => told++);
    await until(live, () => true);
    await live.dispose();
    const before = told;
    await expect(live.csv(10)).rejects.toThrow('Nothing reads');
    await live.dispose();
    expect(told).toBe(before);
  });
});

describe('without a card', () => {
  it('says so and shows the computer', async () => {
    const live = start({ nvmlLibrary: join(folder, 'none.so'), smi: join(folder, 'no-such-program') });
    const machine = await machineOf(live);
    expect(machine.source).toEqual({ kind: 'none', reason: 'no-driver' });
    expect(machine.cards).toEqual([]);
    expect(machine.processor).not.toBe('');
    expect(machine.system).not.toBe('');
    const sample = await until(live, ({ host }) => host.cpu !== null && host.diskTotal !== null);
    expect(sample.cards).toEqual([]);
    expect(sample.host.memoryUsed).toBeGreaterThan(0);
    expect(sample.host.memoryUsed).toBeLessThan(sample.host.memoryTotal ?? 0);
    expect(sample.host.diskUsed).toBeLessThanOrEqual(sample.host.diskTotal ?? 0);
  });

  it('starts the thread anew when it dies, and refuses meanwhile', async () => {
    const died = join(folder, 'died');
    const workerFile = join(folder, 'thread.mjs');
    const real = new URL('./telemetryWorker.ts', import.meta.url);
    writeFileSync(
      workerFile,
      `import { existsSync, writeFileSync } from 'node:fs';
      if (!existsSync(${JSON.stringify(died)})) {
        writeFileSync(${JSON.stringify(died)}, '');
        throw new Error('on purpose');
      }
      await import(${JSON.stringify(real)});`,
    );
    const said = vi.spyOn(console, 'error').mockImplementation(() => {});
    const live = start({ workerFile, nvmlLibrary: join(folder, 'none.so'), smi: join(folder, 'no-such-program') });
    await expect(live.history({ card: null, seconds: 10, points: 10 })).rejects.toThrow('ended');
    await until(live, ({ host }) => host.cpu !== null);
    expect(said.mock.calls.flat().map(String).join()).toContain('on purpose');
  });
});

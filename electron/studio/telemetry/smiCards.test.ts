import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startTelemetry, type Telemetry } from './index.ts';
import { parseLine, parseUsers, smiProgram } from './smiCards.ts';
import { machineOf, until } from './telemetry.fixture.ts';

const MiB = 2 ** 20;
const line = (utilisation: string) =>
  `GPU-1, NVIDIA GeForce RTX 4070, 592.14, 12282, 3000, ${utilisation}, 112.35, 200.00, 64, 2475, 10501, 4, 16`;

describe('a line of nvidia-smi', () => {
  it('becomes a card and its readings', () => {
    expect(parseLine(line('58'))).toEqual({
      card: {
        id: 'GPU-1',
        name: 'NVIDIA GeForce RTX 4070',
        driver: '592.14',
        memoryTotal: 12282 * MiB,
        powerLimit: 200,
        pcie: '4.0 x16',
      },
      sample: {
        card: 'GPU-1',
        utilisation: 58,
        memoryOurs: null,
        memoryUsed: 9282 * MiB,
        memoryTotal: 12282 * MiB,
        power: 112.35,
        powerLimit: 200,
        temperature: 64,
        clockGraphics: 2475,
        clockMemory: 10501,
        pcieReceive: null,
        slowedBy: null,
      },
    });
  });

  it.each(['[N/A]', '[Not Supported]', 'N/A', '[GPU is lost]', '[Unknown Error]', ''])(
    'has no reading in %j',
    (word) => {
      expect(parseLine(line(word))?.sample).toMatchObject({ utilisation: null, power: 112.35 });
    },
  );

  it.each(['', 'No devices were found', 'NVIDIA-SMI has failed because it couldn’t communicate', 'GPU-1, half a line'])(
    'is nothing when it says %j',
    (said) => expect(parseLine(said)).toBeNull(),
  );
});

it('knows users of a card by name and size, ours by its process', () => {
  const text = [
    'GPU-1, 4242, /opt/with, comma/python, 7820',
    'GPU-1, 77, firefox, [N/A]',
    'GPU-2, 9, other, 5',
    'GPU-1, 78, C:\\Windows\\dwm.exe, 300',
    'odd',
  ].join('\n');
  expect(parseUsers(text, 'GPU-1', { pid: 77, reservedBytes: 42 })).toEqual([
    { pid: 4242, name: 'python', ours: false, bytes: 7820 * MiB, utilisation: null },
    { pid: 78, name: 'dwm.exe', ours: false, bytes: 300 * MiB, utilisation: null },
    { pid: 77, name: 'firefox', ours: true, bytes: 42, utilisation: null },
  ]);
});

it('never starts a program of that name from the current folder on Windows', () => {
  expect(smiProgram('win32', { SystemRoot: 'D:\\Win' })).toBe('D:\\Win\\System32\\nvidia-smi.exe');
});

describe('the fallback, with a program that speaks like nvidia-smi', () => {
  let folder: string;
  let telemetry: Telemetry | null = null;
  beforeEach(() => {
    folder = join(tmpdir(), `reelwright-smi-${randomUUID()}`);
    mkdirSync(folder, { recursive: true });
  });
  afterEach(async () => {
    await telemetry?.dispose();
    telemetry = null;
    rmSync(folder, { recursive: true, force: true });
  });

  function program(body: string): string {
    const file = join(folder, 'nvidia-smi');
    writeFileSync(file, `#!${process.execPath}\nconst fs = require('node:fs');\n${body}\n`, { mode: 0o755 });
    return file;
  }
  function start(smi: string): Telemetry {
    telemetry = startTelemetry({
      clipsFolder: () => folder,
      nvmlLibrary: join(folder, 'none.so'),
      smi,
      samplesPerSecond: 20,
    });
    return telemetry;
  }

  it('streams from one process, which ends with us', async () => {
    const pids = join(folder, 'pids');
    const live = start(
      program(`
        fs.appendFileSync(${JSON.stringify(pids)}, process.pid + '\\n');
        const every = Number(/--loop-ms=(\\d+)/.exec(process.argv.join(' '))[1]);
        let n = 0;
        setInterval(() => process.stdout.write(${JSON.stringify(line('@'))}.replace('@', ++n) + '\\n'), every);
      `),
    );
    expect((await machineOf(live)).source).toEqual({ kind: 'nvidia-smi' });
    live.ours({ pid: 5, reservedBytes: 99 });
    const sample = await until(live, ({ cards }) => (cards[0]?.utilisation ?? 0) >= 5 && cards[0]?.memoryOurs !== null);
    expect(sample.cards[0]).toMatchObject({ memoryOurs: 99, memoryUsed: 9282 * MiB, pcieReceive: null });
    await live.dispose();
    const started = readFileSync(pids, 'utf8').trim().split('\n').map(Number);
    expect(started).toHaveLength(1);
    expect(() => process.kill(started[0] ?? 0, 0)).toThrow('ESRCH');
  });

  it('is started again when it dies; meanwhile there is a gap', async () => {
    const once = join(folder, 'once');
    const live = start(
      program(`
        const again = fs.existsSync(${JSON.stringify(once)});
        fs.writeFileSync(${JSON.stringify(once)}, '');
        process.stdout.write(${JSON.stringify(line('@'))}.replace('@', again ? 71 : 70) + '\\n');
        if (again) setInterval(() => process.stdout.write(${JSON.stringify(line('71'))} + '\\n'), 50);
      `),
    );
    await until(live, ({ cards }) => cards[0]?.utilisation === 70);
    await until(live, ({ cards }) => cards[0]?.utilisation === 71);
    expect(existsSync(once)).toBe(true);
  });

  it.each([
    ['no-card', 'No devices were found', 6],
    ['no-driver', 'NVIDIA-SMI has failed because it could not communicate with the NVIDIA driver.', 9],
  ])('says %s in our words when it says “%s”', async (reason, said, code) => {
    const live = start(program(`console.log(${JSON.stringify(said)}); process.exitCode = ${code};`));
    expect((await machineOf(live)).source).toEqual({ kind: 'none', reason });
    const sample = await until(live, ({ host }) => host.cpu !== null);
    expect(sample.cards).toEqual([]);
  });

  it('lists users when asked', async () => {
    const live = start(
      program(`
        if (process.argv.join(' ').includes('--query-compute-apps')) console.log('GPU-1, 7, python, 100');
        else setInterval(() => console.log(${JSON.stringify(line('1'))}), 50);
      `),
    );
    await until(live, ({ cards }) => cards.length === 1);
    expect(await live.users('GPU-1')).toEqual([
      { pid: 7, name: 'python', ours: false, bytes: 100 * MiB, utilisation: null },
    ]);
  });
});

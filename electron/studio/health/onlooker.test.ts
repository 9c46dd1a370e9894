import { randomUUID } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cannotCompile, card4070, fakeNvml, type ScriptedCard } from '../../../e2e/fakeNvml/index.ts';
import { silent } from '../telemetry/cards.ts';
import { startTelemetry, type Telemetry } from '../telemetry/index.ts';
import { machineOf } from '../telemetry/telemetry.fixture.ts';
import { cardAtWork, onlooker } from './onlooker.ts';

const GiB = 2 ** 30;
let folder: string;
let telemetry: Telemetry | null = null;
beforeEach(() => {
  folder = join(tmpdir(), `reelwright-onlooker-${randomUUID()}`);
  mkdirSync(folder, { recursive: true });
});
afterEach(async () => {
  await telemetry?.dispose();
  telemetry = null;
  rmSync(folder, { recursive: true, force: true });
});
const use = () => ({ pid: 4242, reservedBytes: 3 * GiB });

describe.skipIf(cannotCompile() !== null)('whoever looks at the card', () => {
  const users: NonNullable<ScriptedCard['processes']> = [
    { pid: 77, bytes: 600_000_000, name: '/usr/bin/firefox' },
    { pid: 4242, bytes: 8_200_000_000, name: '/opt/python/bin/python3' },
    { pid: 5, bytes: null, name: 'dwm.exe' },
    { pid: 9, bytes: 900_000_000, name: 'game.exe' },
    // Our own window.
    { pid: 10, bytes: 300_000_000, name: basename(process.execPath) },
  ];
  const open = () => {
    const twin = { ...card4070, uuid: 'GPU-4070cccc', processes: users };
    const { library } = fakeNvml(folder, { driver: '592.14', cards: [card4070, twin] });
    telemetry = startTelemetry({ clipsFolder: () => folder, nvmlLibrary: library, samplesPerSecond: 20 });
    return telemetry;
  };

  it('finds the one of two that we use, and the others on it, the largest first', async () => {
    const reader = open();
    await machineOf(reader);
    const watcher = onlooker(reader, use);
    // On which of the two we are is known when our part was read.
    reader.ours(use());
    await expect.poll(async () => (await watcher.card(card4070.name))?.card, { timeout: 20_000 }).toBe('GPU-4070cccc');
    expect(await watcher.others(card4070.name)).toEqual([
      { name: 'game.exe', bytes: 900_000_000 },
      { name: 'firefox', bytes: 600_000_000 },
      { name: 'dwm.exe', bytes: null },
    ]);
    expect(await watcher.card('another card')).toBeNull();
    expect(await watcher.others('another card')).toEqual([]);
    // What it was given goes on without it.
    await watcher.dispose();
    expect((await machineOf(reader)).cards).toHaveLength(2);
  }, 30_000);

  it('opens a reader when there is something to look at, and ends it', async () => {
    let opened = 0;
    const watcher = onlooker(() => {
      opened += 1;
      return open();
    }, use);
    await watcher.dispose();
    expect(opened).toBe(0);
    await expect.poll(() => watcher.card(card4070.name), { timeout: 20_000 }).toMatchObject({ utilisation: 58 });
    expect(opened).toBe(1);
    await watcher.dispose();
    await expect(telemetry?.csv(10)).rejects.toThrow('Nothing reads');
  }, 30_000);
});

it('knows nothing where nobody can look', async () => {
  const gone = () => Promise.reject(new Error('gone'));
  const broken = {
    ...{ machine: gone, users: gone, history: gone, csv: gone },
    ...{ ours: () => {}, watch: () => () => {}, dispose: () => Promise.resolve() },
  };
  const watcher = onlooker(broken, use);
  expect(await watcher.card('RTX')).toBeNull();
  expect(await watcher.others('RTX')).toEqual([]);
});

const nothing = { cpu: null, load: null, memoryUsed: null, memoryTotal: null, diskUsed: null, diskTotal: null };
it('takes the only card of a name, whoever holds what of it', () => {
  const sample = { time: 0, cards: [silent('GPU-1'), silent('GPU-2')], host: nothing };
  expect(cardAtWork(sample, ['GPU-2'])?.card).toBe('GPU-2');
  expect(cardAtWork(sample, [])).toBeNull();
});

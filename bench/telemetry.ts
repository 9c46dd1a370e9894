import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { cannotCompile, card4070, fakeNvml } from '../e2e/fakeNvml/index.ts';
import { startTelemetry } from '../electron/studio/telemetry/index.ts';
import { recording } from '../electron/studio/telemetry/recording.ts';
import { timeCalls } from './calls.ts';
import { percentile } from './report.ts';

export interface TelemetryFigures {
  /** Percent of one core at four samples a second, with a card that answers; null where none can be made. */
  corePercent: number | null;
  /** Milliseconds for the last eight hours of one card in 1,000 buckets, out of a full memory. */
  historyP95: number;
}

export async function measureTelemetry(): Promise<TelemetryFigures> {
  return { corePercent: await measureCost(), historyP95: await measureHistory() };
}

async function measureCost(): Promise<number | null> {
  if (cannotCompile() !== null) return null;
  const folder = mkdtempSync(join(tmpdir(), 'reelwright-nvml-'));
  const { library } = fakeNvml(folder, { driver: '592.14', cards: [card4070] });
  const telemetry = startTelemetry({ clipsFolder: () => folder, nvmlLibrary: library });
  await telemetry.machine();
  const stop = telemetry.watch(() => {});
  await sleep(3000);
  const before = process.cpuUsage();
  const begun = performance.now();
  await sleep(30_000);
  const { user, system } = process.cpuUsage(before);
  const percent = ((user + system) / 1000 / (performance.now() - begun)) * 100;
  stop();
  await telemetry.dispose();
  rmSync(folder, { recursive: true, force: true });
  return percent;
}

const perSecond = 4;
const columns = 8;

/** Eight hours cannot be waited for: the same memory is filled with as many moments. */
async function measureHistory(): Promise<number> {
  const seconds = 8 * 3600;
  const past = recording(seconds * perSecond, 1000 / perSecond, () => columns);
  const now = Date.now();
  for (let moment = 0; moment < seconds * perSecond; moment += 1) {
    const row = Array.from({ length: columns }, (_, column) => ((moment * (column + 1)) % 97) + 1);
    past.add(now - seconds * 1000 + moment * (1000 / perSecond), new Map([['card', row]]));
  }
  const times = await timeCalls(50, async () => past.buckets('card', { seconds, points: 1000, now }));
  return percentile(times, 0.95);
}

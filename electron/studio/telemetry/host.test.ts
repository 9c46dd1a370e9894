import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { hostReader, parseMemory, parseStat, share } from './host.ts';

it('reads the work of all cores, guests not counted twice', () => {
  expect(parseStat('cpu  100 20 30 400 50 6 7 8 90 10\ncpu0 1 2 3')).toEqual({ total: 621, busy: 171 });
  expect(parseStat('intr 5')).toBeNull();
});

it('counts caches as free', () => {
  expect(parseMemory('MemTotal:       1000 kB\nMemFree:   10 kB\nMemAvailable:    600 kB\n')).toEqual({
    total: 1000 * 1024,
    used: 400 * 1024,
  });
  expect(parseMemory('MemTotal: 1000 kB')).toBeNull();
});

it('is a percentage between two readings, or not known', () => {
  expect(share(null, { busy: 1, total: 2 })).toBeNull();
  expect(share({ busy: 1, total: 4 }, { busy: 2, total: 8 })).toBe(25);
  const work = fc.record({ busy: fc.nat(), total: fc.nat() });
  fc.assert(
    fc.property(work, work, (before, now) => {
      const percent = share(before, now);
      if (now.total <= before.total) expect(percent).toBeNull();
      else expect(percent !== null && percent >= 0 && percent <= 100).toBe(true);
    }),
  );
});

it.each([process.platform, 'win32'] as const)('reads this computer the way of %s', (platform) => {
  const reader = hostReader(platform);
  reader.read(null);
  const sample = reader.read({ used: 3, total: 4 });
  expect(sample).toMatchObject({ diskUsed: 3, diskTotal: 4 });
  if (platform === 'win32') expect(sample.load).toBeNull();
  else expect(sample.load).toBeGreaterThanOrEqual(0);
  expect(sample.memoryUsed).toBeGreaterThan(0);
  expect(sample.memoryUsed).toBeLessThan(sample.memoryTotal ?? 0);
});

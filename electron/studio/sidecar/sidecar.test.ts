import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BoundedLog } from './boundedLog.ts';
import { restartDelay } from './restart.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'reelwright-sidecar-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));

describe('the log', () => {
  it('keeps the newest and at most twice its limit, over restarts', () => {
    const file = join(folder, 'logs', 'worker.log');
    for (let run = 0; run < 3; run += 1) {
      const log = new BoundedLog(file, 1000);
      for (let n = 0; n < 500; n += 1) log.write(Buffer.from(`run ${run} line ${n}\n`));
    }
    expect(statSync(file).size + statSync(`${file}.1`).size).toBeLessThanOrEqual(2000);
    expect(readFileSync(file, 'utf8')).toMatch(/run 2 line 499\n$/);
  });

  it('keeps the end of a chunk that is larger than itself', () => {
    const file = join(folder, 'worker.log');
    new BoundedLog(file, 100).write(Buffer.from(`${'x'.repeat(5000)}end`));
    expect(readFileSync(file, 'utf8')).toHaveLength(100);
    expect(readFileSync(file, 'utf8')).toMatch(/end$/);
  });

  it('that cannot be written costs nothing but itself', () => {
    const log = new BoundedLog(join(folder, 'worker.log', 'under-a-file'), 100);
    new BoundedLog(join(folder, 'worker.log'), 100).write(Buffer.from('a file stands in the way'));
    expect(() => log.write(Buffer.from('x'))).not.toThrow();
    expect(existsSync(join(folder, 'worker.log'))).toBe(true);
  });
});

describe('the wait before a worker is started again', () => {
  it.each([
    [0, 0],
    [1, 0],
    [2, 1000],
    [3, 2000],
    [6, 16_000],
    [7, 30_000],
    [100, 30_000],
  ])('after %d failures is %d ms', (failures, ms) => expect(restartDelay(failures)).toBe(ms));
});

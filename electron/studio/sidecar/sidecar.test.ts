import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BoundedLog } from './boundedLog.ts';
import { lackedMemory } from './lackedMemory.ts';
import { restartDelay } from './restart.ts';
import { computingPid, type WorkerEnd } from './worker.ts';

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

describe('a worker that ends', () => {
  const aborted = "terminate called after throwing an instance of 'std::bad_alloc'";
  it.each<[string, WorkerEnd, boolean]>([
    ['aborted by C++', { kind: 'killed', signal: 'SIGABRT', lastWords: aborted }, true],
    ['by an exception', { kind: 'exited', code: 1, lastWords: 'MemoryError' }, true],
    ['by Windows: no memory', { kind: 'exited', code: 0xc0000017, lastWords: '' }, true],
    ['by Windows: no more may be promised', { kind: 'exited', code: 0xc000012d, lastWords: '' }, true],
    ['by Windows, as a signed number', { kind: 'exited', code: 0xc000012d | 0, lastWords: '' }, true],
    ['by Windows: it wrote where it may not', { kind: 'exited', code: 0xc0000005, lastWords: '' }, false],
    ['aborted for something else', { kind: 'killed', signal: 'SIGABRT', lastWords: 'assertion failed' }, false],
    ['killed, whatever it said before', { kind: 'killed', signal: 'SIGKILL', lastWords: 'MemoryError' }, false],
  ])('for want of memory, or not: %s', (_, end, expected) => expect(lackedMemory(end)).toBe(expected));
});

describe('the process that computes', () => {
  it.each<[NodeJS.Platform, number]>([
    ['win32', 22],
    ['linux', 11],
    ['darwin', 11],
  ])('on %s is %d', (platform, pid) => expect(computingPid(11, 22, platform)).toBe(pid));
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

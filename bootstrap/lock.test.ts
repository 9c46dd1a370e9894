import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { alone } from './lock.mjs';

vi.mock('node:timers/promises', () => ({ setTimeout: () => Promise.resolve() }));

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'reelwright-lock-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it('is held while the work goes on', async () => {
  const file = join(folder, 'build', 'set-up.lock');
  expect(
    await alone(
      file,
      () => {},
      async () => existsSync(file),
    ),
  ).toBe(true);
  expect(existsSync(file)).toBe(false);
});

it('is not waited for without end where nobody has it and it cannot be had', async () => {
  const file = join(folder, 'set-up.lock');
  mkdirSync(file);
  const work = vi.fn();
  await expect(alone(file, () => {}, work)).rejects.toThrow(/EEXIST|EPERM|EISDIR/);
  expect(work).not.toHaveBeenCalled();
});

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { graceMs, Night } from './night.ts';
import { commandOf, namedPower, type Power, systemPower } from './power.ts';

const minute = 60_000;

function night({ startAt = null as number | null, power = null as Power | null } = {}) {
  const world = { busy: false, startAt, started: 0, changes: 0 };
  const made = new Night({
    now: Date.now,
    startAt: {
      get: () => world.startAt,
      set: (at) => {
        world.startAt = at;
      },
    },
    power,
    busy: () => world.busy,
    start: () => {
      world.started += 1;
      world.busy = true;
    },
    changed: () => {
      world.changes += 1;
    },
  });
  return { night: made, world };
}

const recording = () => {
  const ran: string[] = [];
  const power: Power = {
    actions: ['sleep', 'shut-down'],
    run: async (action) => {
      ran.push(action);
    },
  };
  return { ran, power };
};

describe('a queue that waits for a time', () => {
  beforeEach(() => vi.useFakeTimers({ now: new Date(2026, 10, 22, 21, 0) }));
  afterEach(() => vi.useRealTimers());

  it('begins then, once', () => {
    const { night: it, world } = night();
    it.startAt(Date.now() + 5 * minute);
    expect(it.state.startAt).toBe(Date.now() + 5 * minute);
    vi.advanceTimersByTime(5 * minute - 1000);
    expect(world.started).toBe(0);
    vi.advanceTimersByTime(2000);
    expect([world.started, it.state.startAt]).toEqual([1, null]);
    vi.advanceTimersByTime(24 * 60 * minute);
    expect(world.started).toBe(1);
    it.dispose();
  });

  it('knows the time after a restart, even one that passed meanwhile', () => {
    const { night: it, world } = night({ startAt: Date.now() - minute });
    vi.advanceTimersByTime(1000);
    expect(world.started).toBe(1);
    it.dispose();
  });

  it('goes by the clock on the wall: set forward, or asleep until after it', () => {
    const { night: it, world } = night();
    it.startAt(Date.now() + 60 * minute);
    vi.setSystemTime(Date.now() + 61 * minute);
    vi.advanceTimersByTime(1000);
    expect(world.started).toBe(1);
    it.dispose();
  });

  it('waits longer when the clock is set back, and not at all when the time is forgotten', () => {
    const { night: it, world } = night();
    it.startAt(Date.now() + minute);
    vi.setSystemTime(Date.now() - 60 * minute);
    vi.advanceTimersByTime(2 * minute);
    expect(world.started).toBe(0);
    it.startAt(null);
    vi.advanceTimersByTime(120 * minute);
    expect(world.started).toBe(0);
    it.dispose();
  });
});

describe('the end of the night', () => {
  beforeEach(() => vi.useFakeTimers({ now: new Date(2026, 10, 22, 21, 0) }));
  afterEach(() => vi.useRealTimers());

  it('comes a minute after the last clip', async () => {
    const { ran, power } = recording();
    const { night: it, world } = night({ power });
    world.busy = true;
    it.whenDone('shut-down');
    vi.advanceTimersByTime(60 * minute);
    expect(it.state.endsAt).toBeNull();
    world.busy = false;
    it.look();
    expect(it.state.endsAt).toBe(Date.now() + graceMs);
    await vi.advanceTimersByTimeAsync(graceMs - 1000);
    expect(ran).toEqual([]);
    await vi.advanceTimersByTimeAsync(2000);
    expect(ran).toEqual(['shut-down']);
    expect(it.state).toEqual({ startAt: null, whenDone: 'nothing', endsAt: null });
    await vi.advanceTimersByTimeAsync(60 * minute);
    expect(ran).toHaveLength(1);
    it.dispose();
  });

  it('waits for something to be done first', async () => {
    const { ran, power } = recording();
    const { night: it } = night({ power });
    it.whenDone('sleep');
    await vi.advanceTimersByTimeAsync(60 * minute);
    expect(ran).toEqual([]);
    it.dispose();
  });

  it('is put off by another clip, and called off by a word', async () => {
    const { ran, power } = recording();
    const { night: it, world } = night({ power });
    world.busy = true;
    it.whenDone('sleep');
    world.busy = false;
    it.look();
    world.busy = true;
    vi.advanceTimersByTime(2000);
    expect(it.state).toMatchObject({ whenDone: 'sleep', endsAt: null });
    world.busy = false;
    vi.advanceTimersByTime(2000);
    expect(it.state.endsAt).not.toBeNull();
    it.whenDone('nothing');
    await vi.advanceTimersByTimeAsync(60 * minute);
    expect(ran).toEqual([]);
    it.dispose();
  });

  it('gives the whole minute again when the machine slept through it', async () => {
    const { ran, power } = recording();
    const { night: it, world } = night({ power });
    world.busy = true;
    it.whenDone('shut-down');
    world.busy = false;
    it.look();
    vi.setSystemTime(Date.now() + 480 * minute);
    await vi.advanceTimersByTimeAsync(1000);
    expect(ran).toEqual([]);
    expect(it.state.endsAt).toBe(Date.now() + graceMs);
    it.dispose();
  });
});

describe('what ends the machine', () => {
  it('is a program of each system', () => {
    expect(commandOf('win32', { SystemRoot: 'D:\\Windows' })?.['shut-down'].slice(1)).toEqual(['/s', '/t', '0']);
    expect(commandOf('linux', {})?.sleep).toEqual(['systemctl', 'suspend']);
    expect(commandOf('darwin', {})?.sleep).toEqual(['/usr/bin/pmset', 'sleepnow']);
    expect(commandOf('aix', {})).toBeNull();
  });

  it('is not offered where there is none', () => {
    expect(namedPower({})).toBeNull();
    expect(systemPower('aix', {})).toBeNull();
  });

  it.skipIf(process.platform === 'win32')('is really called, by the name that was given', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'reelwright power ü '));
    const [program, heard] = [join(folder, 'power'), join(folder, 'heard')];
    writeFileSync(program, `#!/bin/sh\necho "$1" >> '${heard}'\n`, { mode: 0o755 });
    const power = systemPower(process.platform, { REELWRIGHT_POWER: program });
    await power?.run('sleep');
    await power?.run('shut-down');
    expect(readFileSync(heard, 'utf8')).toBe('sleep\nshut-down\n');
    const missing = namedPower({ REELWRIGHT_POWER: join(folder, 'nothing') });
    await expect(missing?.run('sleep')).rejects.toThrow();
    rmSync(folder, { recursive: true });
  });
});

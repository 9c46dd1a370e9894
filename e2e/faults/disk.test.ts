import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Call, WatchedDisk } from './disk.ts';
import { type Filling, fillings, surviveFullDisk, writtenBy } from './fullDisk.ts';
import { lostByPowerCut } from './powerCut.ts';
import { Stage } from './stage.ts';

const canWatch = process.platform === 'linux' && spawnSync('cc', ['--version']).status === 0;

describe.skipIf(!canWatch)('a disk that is watched', { timeout: 120_000 }, () => {
  let stage: Stage;
  let disk: WatchedDisk;
  let calls: Call[];
  beforeAll(async () => {
    stage = await Stage.set();
    disk = await WatchedDisk.of(stage.home, stage.scratch);
    calls = await writtenBy(stage, disk);
  }, 120_000);
  afterAll(() => stage.strike());

  it('would lose nothing of a render in a power cut', () => {
    expect(calls.filter(({ call }) => call === 'rename' || call === 'link').length).toBeGreaterThan(5);
    expect(lostByPowerCut(calls)).toEqual([]);
  });

  it.each([
    ['open(n, "w").write("x"); os.replace(n, k)', /got its name before its content was synced/],
    ['f = open(n, "w"); f.write("x"); f.flush(); os.fsync(f); f.write("y"); f.flush(); os.replace(n, k)', /before its/],
    ['f = open(n, "w"); f.write("x"); f.flush(); os.fsync(f); os.replace(n, k)', /the name of .* was never synced/],
    ['f = open(n, "w"); f.write("x"); f.flush(); os.fsync(f); os.link(n, k); os.unlink(o)', /removed before the name/],
    ['f = open(n, "w"); os.replace(n, k); f.write("x"); f.flush(); os.fsync(f)', /when it had its name already/],
  ])('tells of a writer that does %s', async (wrongly, told) => {
    const folder = join(stage.home, 'wrong');
    mkdirSync(folder, { recursive: true });
    disk.begin();
    const program = `import os\nn, k, o = "${folder}/new", "${folder}/kept", "${folder}/old"\nopen(o, "w").close()\n${wrongly}`;
    await execa('python3', ['-c', program], { env: disk.env });
    await execa('rm', ['-r', folder]);
    expect(lostByPowerCut(disk.log()).join('\n')).toMatch(told);
  });

  it('says that it is full, or goes on, and loses nothing', async () => {
    const filled = (call: string, name: RegExp): Filling => {
      const hit = calls.filter((one) => one.call === call && name.test(one.path));
      return { from: hit[Math.floor(hit.length / 2)]?.number ?? 0, count: 'for ever' };
    };
    // The last of them leaves no room for what the database is to hear of the clip.
    const some = [filled('write', /denoise/), filled('fsync', /mp4$/), filled('create', /webp/)];
    expect(some.every(({ from }) => from > 0)).toBe(true);
    const found = await surviveFullDisk(stage, disk, some);
    expect(found.filter(({ wrong }) => wrong.length > 0)).toEqual([]);
    expect(found.some(({ outcome }) => outcome === 'said so')).toBe(true);
  });

  it('is filled at every kind of call', () => {
    const all = fillings(calls, 5, 1);
    expect(new Set(all.map(({ from }) => from)).size).toBe(all.length);
    expect(all.every(({ from }) => from >= 1 && from <= calls.length)).toBe(true);
    const each = fillings(calls, calls.length, 1).map(({ from }) => from);
    expect(each).toEqual(calls.map((_, at) => at + 1));
    expect(readdirSync(stage.home)).toContain('reelwright.db');
  });
});

import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { cli, quick } from './cli.ts';
import { readClip } from './clip.ts';
import { jobIs, open, stepOf } from './openStudio.ts';
import { small } from './small.ts';

/** A real disk that is really full: a small file system in memory, which only the superuser of Linux can mount. */
const canMount = process.platform === 'linux' && process.getuid?.() === 0;

describe.skipIf(!canMount)('a disk that fills up while the clip is written', { timeout: 120_000 }, () => {
  let home: string;
  let disk: string;
  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'reelwright-disk-'));
    disk = await mkdtemp(join(tmpdir(), 'reelwright-small-disk-'));
    await execa('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', disk]);
  });
  afterAll(async () => {
    await execa('umount', [disk]);
    await rm(disk, { recursive: true, force: true });
    await rm(home, { recursive: true, force: true, maxRetries: 5 });
  });

  it('costs nothing: the latents are kept, and freed space is enough to go on', async () => {
    const args = ['generate', '--prompt', 'a green kite over the city by day', ...quick];
    const whole = join(home, 'whole.mp4');
    expect((await cli([...args, '--out', whole], { home })).code).toBe(0);

    const ballast = join(disk, 'ballast');
    await writeFile(ballast, Buffer.alloc(60 * 1024));
    const out = join(disk, 'clip.mp4');
    const full = await cli([...args, '--out', out], { home });
    expect(full.last).toMatchObject({
      type: 'error',
      cause: 'disk-full',
      sentence: expect.stringMatching(/The disk is full.*All your steps are safe.*jobs resume/),
    });
    expect(full.code).toBe(4);
    expect(await readdir(disk)).toEqual(['ballast']);

    await rm(ballast);
    const resumed = await cli(['jobs', 'resume'], { home });
    expect(resumed.last).toMatchObject({ type: 'done', file: out });
    expect(resumed.events.some((event) => event.type === 'step' && event.phase === 'denoising')).toBe(false);
    expect((await readClip(out)).pixels).toBe((await readClip(whole)).pixels);
  });
});

describe.skipIf(!canMount)('a data folder that fills up while a studio is open', { timeout: 120_000 }, () => {
  it('costs no job: it stands, says why, and goes on with the same frames', async () => {
    const home = await mkdtemp(join(tmpdir(), 'reelwright-full-home-'));
    await execa('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', home]);
    try {
      const { client, seen, close } = open(home);
      const logged = new Promise<void>((hear) => vi.spyOn(console, 'error').mockImplementation(() => hear()));
      // Steps enough for the disk to be full before the last of them.
      const long = { ...small, steps: 24 };
      const whole = await client.queue.add(long);
      await seen(jobIs(whole.id, 'done'));

      const { id } = await client.queue.add(long);
      await seen(stepOf(id, 2));
      const ballast = join(home, 'ballast');
      await execa('dd', ['if=/dev/zero', `of=${ballast}`, 'bs=4k'], { reject: false });
      // That it failed can be written down or not: then the log has it.
      await Promise.race([seen(jobIs(id, 'failed')), logged]);
      await rm(ballast);
      const { job } = await seen(jobIs(id, 'failed'));
      expect(job.state).toMatchObject({ failure: { cause: 'disk-full' } });
      await client.queue.resumeJob({ id });
      await seen(jobIs(id, 'done'));
      const clips = await Promise.all(
        [whole.id, id].map(async (each) => (await client.library.get({ id: each })).file),
      );
      const [first, second] = await Promise.all(clips.map(readClip));
      expect(second?.pixels).toBe(first?.pixels);
      await close();
    } finally {
      await execa('umount', ['-l', home]);
      await rm(home, { recursive: true, force: true });
    }
  });
});

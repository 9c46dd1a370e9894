import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import sharp from 'sharp';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { everyClip } from '../contract/clip.ts';
import type { Draft } from '../contract/draft.ts';
import { Picture } from '../contract/draft.ts';
import type { StudioEvent } from '../contract/events.ts';
import type { Preview } from '../contract/preview.ts';
import { isAlive, until } from './cli.ts';
import { readClip } from './clip.ts';
import { engineIs, jobIs, type LiveEvent, type Open, open, opened, refusalOf, stepOf } from './openStudio.ts';
import { small } from './small.ts';

const isDecoded = (event: StudioEvent): event is Extract<StudioEvent, { type: 'preview' }> =>
  event.type === 'preview' && event.part.phase === 'decoding';

const isOver = (event: StudioEvent): event is LiveEvent => event.type === 'live' && event.live === null;

/** Steps enough to be stopped between two of them, however late one hears of the first. */
const long: Draft = { ...small, steps: 24 };

const framesOf = async (file: string) => (await readClip(file)).pixels;

describe('a studio that stays open', { timeout: 180_000 }, () => {
  let home: string;
  let whole: string;
  let studio: Open;
  beforeAll(async () => {
    home = mkdtempSync(join(tmpdir(), 'reelwright-session-'));
    studio = open(home);
    const { client, seen } = studio;
    const { id } = await client.queue.add(long);
    await seen(jobIs(id, 'done'));
    whole = await framesOf((await client.library.get({ id })).file);
  }, 180_000);
  beforeEach(() => studio.forget());
  afterAll(async () => {
    for (const each of opened) await each.close();
    rmSync(home, { recursive: true, force: true, maxRetries: 5 });
  });

  it('makes a clip, shows it coming into being, and keeps it', async () => {
    const { client, seen, events, session } = studio;
    // Words that were read before are known, and not read again.
    const slow = await client.events();
    expect((await slow.next()).value).toMatchObject({ type: 'snapshot' });
    const { id } = await client.queue.add({ ...small, seed: 12, prompt: `${small.prompt} by day` });
    await seen(isDecoded);
    // Whoever comes now sees what was decoded before.
    expect([...session.standing()].find(isDecoded)?.part).toMatchObject({ jobId: id, before: 0, frames: 9 });
    await seen(isOver);
    expect([...session.standing()].some(isDecoded)).toBe(false);
    const kinds = events.flatMap((event) =>
      event.type === 'job' && event.job.id === id ? [event.job.state.kind] : [],
    );
    expect(kinds).toEqual(['queued', 'loading', 'encoding', 'denoising', 'decoding', 'finishing', 'done']);
    const previews = events.flatMap((event) => (event.type === 'preview' ? [event.part] : []));
    expect(previews[0]).toMatchObject({ phase: 'denoising', before: 0 });
    const decoded = previews.filter(({ phase }) => phase === 'decoding');
    expect(decoded.map(({ before, frames }) => [before, frames])).toEqual([
      [0, 9],
      [9, 8],
    ]);
    // A page that did not read meanwhile missed nothing of them.
    const late: Preview[] = [];
    for await (const event of slow) {
      if (event.type === 'preview') late.push(event.part);
      if (jobIs(id, 'done')(event)) break;
    }
    expect(late).toEqual(decoded);
    for (const { frames, width, height, rgb } of previews)
      expect(Buffer.from(rgb, 'base64')).toHaveLength(frames * width * height * 3);

    const { clips } = await client.library.page({
      ...everyClip,
      ...{ search: 'balloon', offset: 0, limit: 10 },
    });
    expect(clips[0]).toMatchObject({ id, missing: false, settings: { seed: 12, steps: 8 } });
    const answer = await session.site(
      new Request(`http://x/media/clips/${id}.mp4`, { headers: { range: 'bytes=4-7' } }),
    );
    expect(answer?.status).toBe(206);
    expect(await answer?.text()).toBe('ftyp');
    const poster = await session.site(new Request(`http://x/media/posters/${id}.webp`));
    const { format } = await sharp(Buffer.from((await poster?.arrayBuffer()) ?? new ArrayBuffer(0))).metadata();
    expect(format).toBe('webp');
  });

  it('starts from a picture that came in', async () => {
    const { client, seen, session } = studio;
    const body = await sharp({ create: { width: 200, height: 120, channels: 3, background: '#3377bb' } })
      .png()
      .toBuffer();
    const taken = await session.site(new Request('http://x/pictures', { method: 'POST', body: new Uint8Array(body) }));
    const { id: picture } = Picture.parse(await taken?.json());
    const job = await client.queue.add({ ...small, model: 'paper-world-i2v', picture });
    expect(job).toMatchObject({ picture });
    await seen(jobIs(job.id, 'done'));
  });

  it('stands still when the queue is paused, and gives the very same clip when it goes on', async () => {
    const { client, seen, events } = studio;
    const { id } = await client.queue.add(long);
    await seen(stepOf(id, 3));
    await client.queue.pause();
    expect(events.findLast(jobIs(id, 'paused'))?.job.state).toMatchObject({
      reason: 'queue',
      kept: { kind: 'checkpoint' },
    });
    const later = await client.queue.add({ ...small, seed: 13 });
    expect((await client.queue.list()).map((job) => job.id)).toEqual([id, later.id]);
    await client.queue.cancel({ id: later.id });
    await client.queue.remove({ id: later.id });
    await client.queue.resume();
    await seen(jobIs(id, 'done'));
    expect(await framesOf((await client.library.get({ id })).file)).toBe(whole);
  });

  it('does the jobs in the order that was given, and leaves out what was paused', async () => {
    const { client, seen, events } = studio;
    await client.queue.pause();
    const add = (seed: number) => client.queue.add({ ...small, steps: 2, seed });
    const [a, b, c] = [await add(1), await add(2), await add(3)];
    await client.queue.move({ id: c.id, before: a.id });
    await client.queue.pauseJob({ id: a.id });
    await client.queue.resume();
    await seen(jobIs(b.id, 'done'));
    const done = events.flatMap((event) =>
      event.type === 'job' && event.job.state.kind === 'done' ? [event.job.id] : [],
    );
    expect(done).toEqual([c.id, b.id]);
    await client.queue.resumeJob({ id: a.id });
    await seen(jobIs(a.id, 'done'));
  });

  it('cancels what is just being paused', async () => {
    const { client, seen } = studio;
    const { id } = await client.queue.add({ ...small, steps: 100 });
    await seen(stepOf(id, 3));
    const paused = client.queue.pause();
    await client.queue.cancel({ id });
    await paused;
    expect(await client.queue.list()).toMatchObject([
      { id, state: { kind: 'cancelled', kept: { kind: 'checkpoint' } } },
    ]);
    await client.queue.remove({ id });
    await client.queue.resume();
  });

  it('goes on undisturbed when it is paused and told to go on in one breath', async () => {
    const { client, seen, events } = studio;
    const { id } = await client.queue.add(long);
    await seen(stepOf(id, 3));
    const paused = client.queue.pause();
    // It has begun to, and the clip has not stopped yet.
    await seen((event): event is StudioEvent => event.type === 'queue' && event.queue.paused);
    expect(events.some(jobIs(id, 'paused'))).toBe(false);
    await client.queue.resume();
    await paused;
    await seen(jobIs(id, 'done'));
    expect(events.some(jobIs(id, 'recovering', 'failed'))).toBe(false);
    expect(await framesOf((await client.library.get({ id })).file)).toBe(whole);
  });

  it('cancels between two steps, and tries again from there', async () => {
    const { client, seen, events } = studio;
    const { id } = await client.queue.add(long);
    await seen(stepOf(id, 3));
    await client.queue.cancel({ id });
    const at = events.findLast((event): event is LiveEvent => event.type === 'live' && event.live !== null);
    // Steps are so short here that several are made before anybody has heard of the third one.
    expect(at?.live?.step).toBeLessThan(long.steps);
    await client.queue.resumeJob({ id });
    await seen(jobIs(id, 'done'));
    expect(await framesOf((await client.library.get({ id })).file)).toBe(whole);
  });

  it('promises every clip a file of its own, however many are asked for at once', async () => {
    const { client } = studio;
    await client.queue.pause();
    const jobs = await Promise.all(Array.from({ length: 6 }, () => client.queue.add(small)));
    expect(new Set(jobs.map(({ out }) => out)).size).toBe(6);
    for (const { id } of jobs) await client.queue.remove({ id });
    await client.queue.resume();
  });

  it('is the only one in its folder', async () => {
    expect(studio.studio.holdEngine().kind).toBe('busy');
  });

  it('refuses in values what cannot be done', async () => {
    const { client } = studio;
    const add = (draft: Partial<Draft>) => client.queue.add({ ...small, ...draft }).catch(refusalOf);
    expect(await add({ prompt: '  ' })).toEqual({ reason: 'prompt-empty' });
    expect(await add({ model: 'sora' })).toMatchObject({ reason: 'model-missing', model: 'sora' });
    expect(await add({ width: 100 })).toMatchObject({
      reason: 'shape',
      problem: { kind: 'sides', nearest: [{ width: 96 }, { width: 112 }] },
    });
    expect(await add({ model: 'paper-world-i2v', picture: 'a'.repeat(64) })).toEqual({
      reason: 'picture',
      problem: 'gone',
    });
    expect(await client.library.get({ id: 'nothing' }).catch(refusalOf)).toEqual({ reason: 'clip', problem: 'gone' });
    const clipsFolder = join(home, 'nowhere');
    expect(await client.settings.change({ clipsFolder }).catch(refusalOf)).toMatchObject({ problem: 'missing' });
    await expect(client.queue.add({ ...small, prompt: 'x'.repeat(10_000) })).rejects.toThrow();
  });

  describe('that is opened anew', () => {
    beforeAll(() => studio.close());
    afterEach(async () => {
      for (const each of opened) await each.close();
    });

    it('is not taken for damaged when it is paused while its engine starts', async () => {
      const { client, seen, events } = open(home);
      await client.queue.pause();
      await seen(engineIs('ready'));
      expect(events.some(engineIs('setting-up'))).toBe(false);
      await client.queue.resume();
    });

    it('ends at once while its engine is still starting', async () => {
      const { seen, close } = open(home);
      await seen(engineIs('starting'));
      await close();
    });

    it('goes on after the worker was killed, and after the whole studio was closed', async () => {
      const first = open(home);
      const { id } = await first.client.queue.add(long);
      await first.seen(stepOf(id, 3));
      const engine = first.session.snapshot().engine;
      const pid = engine.kind === 'ready' ? (engine.workerPid ?? 0) : 0;
      process.kill(pid, 'SIGKILL');
      await first.seen(jobIs(id, 'recovering'));
      await first.close();
      const second = open(home);
      await second.seen(jobIs(id, 'done'));
      expect(await framesOf((await second.client.library.get({ id })).file)).toBe(whole);
      await until('the first worker is gone', () => !isAlive(pid), 5000);
    });

    it.skipIf(process.getuid?.() !== 0)('says so when its disk is full, and goes on when it is not', async () => {
      const mounted = mkdtempSync(join(tmpdir(), 'reelwright-full-'));
      await execa('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', mounted]);
      try {
        const { client, close } = open(mounted);
        const ballast = join(mounted, 'ballast');
        await execa('dd', ['if=/dev/zero', `of=${ballast}`, 'bs=64k'], { reject: false });
        const full = { reason: 'storage', problem: 'full' };
        expect(await client.settings.change({ sound: false }).catch(refusalOf)).toEqual(full);
        expect(await client.queue.add(small).catch(refusalOf)).toEqual(full);
        rmSync(ballast);
        expect(await client.settings.change({ sound: false })).toMatchObject({ sound: false });
        await close();
      } finally {
        await execa('umount', ['-l', mounted]);
        rmSync(mounted, { recursive: true, force: true });
      }
    });

    it.skipIf(process.platform === 'win32')('says so when its folder has vanished', async () => {
      const lost = mkdtempSync(join(tmpdir(), 'reelwright-lost-'));
      const { client, close } = open(lost);
      rmSync(lost, { recursive: true });
      expect(await client.settings.change({ sound: false }).catch(refusalOf)).toEqual({
        reason: 'storage',
        problem: 'gone',
      });
      expect(await client.queue.add(small).catch(refusalOf)).toEqual({ reason: 'storage', problem: 'gone' });
      await close();
      rmSync(lost, { recursive: true, force: true });
    });
  });
});

import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Batch, Seeds } from '../contract/batch.ts';
import type { StudioEvent } from '../contract/events.ts';
import { draftOfFile, readQueueFile } from '../contract/queueFile.ts';
import { jobIs, open, opened, refusalOf, stepOf } from './openStudio.ts';
import { small } from './small.ts';

type QueueEvent = Extract<StudioEvent, { type: 'queue' }>;
const queueIs =
  (is: (queue: QueueEvent['queue']) => boolean) =>
  (event: StudioEvent): event is QueueEvent =>
    event.type === 'queue' && is(event.queue);

const batch = (text: string, change: Partial<Extract<Batch, { kind: 'templates' }>> = {}): Batch => ({
  ...{ kind: 'templates', draft: { ...small, prompt: '' }, text, slots: {}, seeds: { kind: 'drawn', count: 1 } },
  ...change,
});

describe('the queue of a studio that stays open', { timeout: 180_000 }, () => {
  let home: string;
  beforeAll(() => {
    home = mkdtempSync(join(tmpdir(), 'reelwright-queue-'));
  });
  afterEach(async () => {
    for (const each of opened) {
      const { ids } = await each.client.queue.removeMany({
        ids: ['none', ...(await each.client.queue.list()).map(({ id }) => id)],
      });
      expect(ids).not.toContain('none');
      await each.close();
    }
  });
  afterAll(() => rmSync(home, { recursive: true, force: true, maxRetries: 5 }));

  it('takes many at once, told as one, and draws the same words for the same seed', async () => {
    const { client, events } = open(home);
    await client.queue.pause();
    await client.prompts.setWildcard({
      name: 'animal',
      entries: Array.from({ length: 50 }, (_, at) => `animal ${at}`),
    });
    const seeds: Seeds = { kind: 'list', seeds: [7, 8] };
    const wanted = batch('an __animal__ {by day|by night} near {place}\n\na kite', {
      slots: { place: ['the sea'] },
      seeds,
    });
    const first = await client.queue.addMany(wanted);
    const jobs = await client.queue.list();
    expect(jobs.map(({ id }) => id)).toEqual(first.ids);
    expect(jobs.map(({ settings }) => settings.seed)).toEqual([7, 8, 7, 8, 7, 8]);
    expect(jobs[0]?.settings.prompt).toMatch(/^an animal \d+ by day near the sea$/);
    expect(new Set(jobs.map(({ out }) => out)).size).toBe(6);
    expect(events.filter(({ type }) => type === 'jobs')).toHaveLength(1);
    expect(events.filter(({ type }) => type === 'job')).toHaveLength(0);

    const again = await client.queue.addMany(wanted);
    const prompts = (await client.queue.list()).map(({ settings }) => settings.prompt);
    expect(prompts.slice(6)).toEqual(prompts.slice(0, 6));
    expect((await client.queue.removeMany({ ids: again.ids })).ids).toEqual(again.ids);
    expect(await client.prompts.history()).toEqual(expect.arrayContaining(prompts));
  });

  it('gives every clip a name of its own, however many calls come at once', async () => {
    const { client } = open(home);
    await client.queue.pause();
    const five = batch('a ball', { seeds: { kind: 'drawn', count: 5 } });
    const one = { ...small, prompt: 'a ball' };
    await Promise.all([client.queue.addMany(five), client.queue.add(one), client.queue.addMany(five)]);
    const outs = (await client.queue.list()).map(({ out }) => out);
    expect([outs.length, new Set(outs).size]).toEqual([11, 11]);
  });

  it('refuses a batch as a whole, and says where', async () => {
    const { client } = open(home);
    const add = (text: string, change = {}) => client.queue.addMany(batch(text, change)).catch(refusalOf);
    expect(await add(' \n ')).toMatchObject({ reason: 'batch', problem: 'nothing' });
    expect(await add('a ball\na {red|blue')).toMatchObject({ problem: 'template', line: 2 });
    expect(await add('a {subject}')).toMatchObject({ problem: 'slot', line: 1, name: 'subject' });
    expect(await add('a __bird__')).toMatchObject({ problem: 'wildcard', name: 'bird' });
    expect(await add('{a|b}'.repeat(14))).toMatchObject({ problem: 'too-many' });
    expect(await add('a {x}', { slots: { x: ['y'.repeat(3999)] } })).toMatchObject({ problem: 'long', line: 1 });
    expect(await add('a ball', { draft: { ...small, model: 'sora' } })).toMatchObject({ reason: 'model-missing' });
    expect(await client.queue.list()).toEqual([]);
  });

  it('gives back what was taken out, with what it had kept', async () => {
    const { client, seen, studio } = open(home);
    await client.queue.resume();
    const { id } = await client.queue.add({ ...small, steps: 60 });
    await seen(stepOf(id, 6));
    await client.queue.pause();
    const [before] = await client.queue.list();
    await client.queue.remove({ id });
    expect(await client.queue.list()).toEqual([]);
    expect(existsSync(join(studio.paths.jobs, id))).toBe(true);
    await client.queue.restore({ ids: [id] });
    const [after] = await client.queue.list();
    expect(after).toEqual(before);
    expect(after?.state).toMatchObject({ kind: 'paused', kept: { kind: 'checkpoint' } });
  });

  it('forgets at its next start what was taken out', async () => {
    const first = open(home);
    await first.client.queue.pause();
    const { id } = await first.client.queue.add(small);
    await first.client.queue.remove({ id });
    await first.close();
    const second = open(home);
    await second.client.queue.restore({ ids: [id] });
    expect(await second.client.queue.list()).toEqual([]);
  });

  it('changes a clip that waits in its place, and none that runs', async () => {
    const { client, seen } = open(home);
    await client.queue.pause();
    const [a, b] = [await client.queue.add(small), await client.queue.add({ ...small, seed: 12 })];
    const changed = await client.queue.change({ id: a.id, draft: { ...small, prompt: 'a kite', steps: 60 } });
    expect(changed).toMatchObject({ id: a.id, settings: { prompt: 'a kite', steps: 60 }, state: { kind: 'queued' } });
    expect((await client.queue.list()).map(({ id }) => id)).toEqual([a.id, b.id]);
    await client.queue.pauseJob({ id: b.id });
    const stood = await client.queue.change({ id: b.id, draft: { ...small, prompt: 'a bird' } });
    expect(stood).toMatchObject({ settings: { prompt: 'a bird' }, state: { kind: 'paused', reason: 'asked' } });
    await client.queue.resume();
    await seen(stepOf(a.id, 2));
    const running = client.queue.change({ id: a.id, draft: small }).catch(refusalOf);
    expect(await running).toEqual({ reason: 'job', problem: 'not-in-this-state' });
    await client.queue.pause();
  });

  it('pauses after the clip that runs', async () => {
    const { client, seen, session } = open(home);
    await client.queue.resume();
    const ids = (await client.queue.addMany(batch('a ball\na kite', { draft: { ...small, steps: 12 } }))).ids;
    const [first = '', second = ''] = ids;
    await seen(stepOf(first, 1));
    await client.queue.pause({ afterClip: true });
    expect(session.queue()).toMatchObject({ paused: false, pausesAfterClip: true });
    await seen(jobIs(first, 'done'));
    await seen(queueIs(({ paused, pausesAfterClip }) => paused && !pausesAfterClip));
    expect(await client.queue.list()).toMatchObject([{ id: second, state: { kind: 'queued' } }]);
  });

  it('pauses after the clip that ran, over a restart; but does not shut down', async () => {
    const before = open(home);
    await before.client.queue.resume();
    const { ids } = await before.client.queue.addMany(batch('a ball\na kite', { draft: { ...small, steps: 12 } }));
    const [first = '', second = ''] = ids;
    await before.seen(stepOf(first, 1));
    await before.client.queue.pause({ afterClip: true });
    await before.close();

    const after = open(home);
    expect(after.session.queue()).toMatchObject({ paused: false, pausesAfterClip: true, whenDone: 'nothing' });
    await after.seen(jobIs(first, 'done'));
    await after.seen(queueIs(({ paused, pausesAfterClip }) => paused && !pausesAfterClip));
    expect(await after.client.queue.list()).toMatchObject([{ id: second, state: { kind: 'queued' } }]);
    await after.close();
    // It is over, and is not taken up a second time.
    expect(open(home).session.queue()).toMatchObject({ paused: true, pausesAfterClip: false });
  });

  it('waits for its time over a restart, and then begins by itself', async () => {
    const first = open(home);
    await first.client.queue.startAt({ at: Date.now() + 3_600_000 });
    const { id } = await first.client.queue.add({ ...small, steps: 2 });
    await first.close();
    const second = open(home);
    expect(second.session.queue()).toMatchObject({ paused: true, startAt: expect.any(Number) });
    await second.client.queue.startAt({ at: Date.now() });
    await second.seen(jobIs(id, 'done'));
    expect(second.session.queue()).toMatchObject({ paused: false, startAt: null });
  });

  it('does nothing to the machine where it cannot', async () => {
    const { client } = open(home);
    expect(await client.queue.whenDone({ action: 'sleep' }).catch(refusalOf)).toEqual({ reason: 'not-in-this-host' });
  });

  it('comes back from a file as it was, without a path', async () => {
    const { client, studio } = open(home);
    await client.queue.pause();
    await client.queue.addMany(batch('a {red|blue} ball', { seeds: { kind: 'list', seeds: [1, 2] } }));
    expect((await client.queue.file()).version).toBe(1);
    await client.queue.add({ ...small, prompt: 'a kite', memoryLimit: 8 * 2 ** 30, shortcut: 'cached-steps' });
    const text = JSON.stringify(await client.queue.file());
    expect(text).not.toContain(studio.paths.home);
    const read = readQueueFile(text);
    if (read.kind === 'refused') throw new Error(read.problem);
    const settings = async () =>
      (await client.queue.list()).map(({ settings, memoryLimit, shortcut }) => ({ settings, memoryLimit, shortcut }));
    const before = await settings();
    await client.queue.addMany({ kind: 'drafts', drafts: read.file.clips.map(draftOfFile) });
    expect(await settings()).toEqual([...before, ...before]);
  });
});

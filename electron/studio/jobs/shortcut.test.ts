import { join } from 'node:path';
import Database from 'libsql';
import { describe, expect, it } from 'vitest';
import { openStore } from '../storage/database.ts';
import { migrations } from '../storage/migrations.ts';
import { fails, inSlabs, lasts, newJob, noMemory, option, recovering, succeeds, whole } from './recovering.fixture.ts';
import { requestKey } from './request.ts';
import { JobStore } from './store.ts';

const cached = { ...whole, steps: 'cached' } as const;
const asked = { ...newJob, shortcut: 'cached-steps' } as const;

describe('a clip with a shortcut', () => {
  const now = recovering();

  it('is another picture: asked for without, it is another job', () => {
    expect(requestKey(asked)).not.toBe(requestKey(newJob));
    const { queue } = now();
    const { id } = queue.accept(asked);
    expect(queue.accept(asked)).toMatchObject({ id, shortcut: 'cached-steps' });
    expect(queue.accept({ ...newJob, out: asked.out })).not.toMatchObject({ id });
  });

  it('is kept with its job, changed with its settings, and taken away with them', () => {
    const { jobs } = now();
    const { id } = jobs.add(asked);
    expect(jobs.get(id)?.shortcut).toBe('cached-steps');
    jobs.setAsked(id, { overwrite: true, memoryLimit: 2 ** 33 });
    expect(jobs.get(id)?.shortcut).toBe('cached-steps');
    jobs.change(id, newJob);
    expect(jobs.get(id)?.shortcut).toBeUndefined();
  });

  it('says what was taken, in its state, in the library and in its file', async () => {
    const scene = now();
    [scene.plan, scene.acts] = [cached, [succeeds]];
    expect(await scene.run()).toMatchObject({ kind: 'done', shortcut: 'cached-steps' });
    expect(await scene.library.get(scene.job.id)).toMatchObject({ shortcut: 'cached-steps' });
    expect(JSON.parse(scene.orders[0]?.metadata ?? '')).toMatchObject({ shortcut: 'cached-steps' });
  });

  it('says so of none that was made exactly, whatever was asked for', async () => {
    const scene = now();
    scene.job = scene.jobs.add({ ...asked, out: join(scene.folder, 'exact.mp4') });
    scene.acts = [succeeds];
    expect(await scene.run()).not.toHaveProperty('shortcut');
    expect(await scene.library.get(scene.job.id)).toMatchObject({ shortcut: null });
    expect(JSON.parse(scene.orders[0]?.metadata ?? '')).not.toHaveProperty('shortcut');
  });

  it('goes on as it was begun once something of the picture is kept', async () => {
    const scene = now();
    [scene.plan, scene.acts] = [cached, [fails(noMemory, { kind: 'embeddings' }), lasts]];
    [scene.policy, scene.alternatives] = ['at-once', [option({ ...inSlabs(64), steps: 'cached' }, 20)]];
    const stop = new AbortController();
    const decoding = scene.until((state) => state.kind === 'decoding');
    const rendering = scene.run(stop.signal);
    await decoding;
    stop.abort('queue');
    expect(await rendering).toMatchObject({ kind: 'paused', kept: { kind: 'latents' } });
    scene.jobs.setKept(scene.job.id, { kind: 'checkpoint', step: 5 });
    scene.acts = [succeeds];
    expect(await scene.run()).toMatchObject({ kind: 'done', shortcut: 'cached-steps' });
    // Embeddings are soon made again.
    expect(scene.begun).toEqual([null, null, { shortcut: 'cached-steps' }]);
  });

  it('is none of jobs and clips from before there were such', () => {
    const file = join(now().folder, 'old.db');
    const before = new Database(file);
    for (const sql of migrations.slice(0, 9)) before.exec(sql);
    before.exec(`PRAGMA user_version = 9;
      INSERT INTO jobs (id, created_at, updated_at, model, settings, out, overwrite, request_key, state_kind, state)
        VALUES ('j', 1, 2, 'm', '${JSON.stringify(newJob.settings)}', '/a.mp4', 0, 'k', 'queued', '{"kind":"queued"}');
      INSERT INTO clips (id, created_at, file, bytes, model, settings, seconds, phase_seconds, words)
        VALUES ('c', 1, '/c.mp4', 3, 'm', '{}', 2.5, '{}', 'a ball');`);
    before.close();
    const store = openStore(file);
    const jobs = new JobStore(store, () => 1);
    expect(jobs.waiting()).toMatchObject([{ id: 'j' }]);
    expect([jobs.get('j')?.shortcut, jobs.begunWith('j')]).toEqual([undefined, null]);
    expect(store.prepare('SELECT shortcut FROM clips').all()).toMatchObject([{ shortcut: null }]);
    store.close();
  });
});

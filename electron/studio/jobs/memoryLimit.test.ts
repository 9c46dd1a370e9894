import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'libsql';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openStore, type Store } from '../storage/database.ts';
import { migrations } from '../storage/migrations.ts';
import { type RenderRequest, requestKey, seeded } from './request.ts';
import { JobStore } from './store.ts';

const gib = 2 ** 30;
const request: RenderRequest = {
  model: 'paper-world',
  settings: {
    ...{ prompt: 'a ball', negativePrompt: '', image: null, width: 256, height: 160, frames: 17, fps: 8 },
    ...{ steps: 20, guidance: 3, scheduler: 'ddim', seed: 1 },
  },
  ...{ picture: null, out: '/clip.mp4', overwrite: false },
};

let folder: string;
let file: string;
let store: Store | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'reelwright-limit-'));
  file = join(folder, 'store.db');
});
afterEach(() => {
  store?.close();
  store = undefined;
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

it('the limit of a job is kept, changed with its settings, and taken away with them', () => {
  store = openStore(file);
  const jobs = new JobStore(store, () => 1);
  const { id } = jobs.add(seeded({ ...request, memoryLimit: 8 * gib }));
  expect(jobs.get(id)?.memoryLimit).toBe(8 * gib);
  jobs.change(id, seeded({ ...request, memoryLimit: 4 * gib }));
  expect(jobs.waiting()[0]?.memoryLimit).toBe(4 * gib);
  jobs.change(id, seeded(request));
  expect(jobs.get(id)?.memoryLimit).toBeUndefined();
  jobs.setAsked(id, { overwrite: true, memoryLimit: 2 * gib });
  expect(jobs.get(id)).toMatchObject({ overwrite: true, memoryLimit: 2 * gib });
});

it('is no part of what was asked for: the same clip with another one goes on', () => {
  expect(requestKey({ ...request, memoryLimit: gib })).toBe(requestKey(request));
});

it('jobs from before there were limits have none', () => {
  const before = new Database(file);
  for (const sql of migrations.slice(0, 7)) before.exec(sql);
  before.exec('PRAGMA user_version = 7');
  before
    .prepare(
      `INSERT INTO jobs (id, created_at, updated_at, model, settings, out, overwrite, request_key, state_kind, state)
       VALUES ('old', 1, 1, 'paper-world', ?, '/clip.mp4', 0, 'key', 'queued', '{"kind":"queued"}')`,
    )
    .run(JSON.stringify(request.settings));
  before.close();
  store = openStore(file);
  const [job] = new JobStore(store, () => 1).waiting();
  expect(job?.id).toBe('old');
  expect(job?.memoryLimit).toBeUndefined();
});

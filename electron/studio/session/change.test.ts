import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRouterClient, type RouterClient } from '@orpc/server';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Draft } from '../../../contract/draft.ts';
import type { StudioEvent } from '../../../contract/events.ts';
import { dataPaths } from '../storage/paths.ts';
import { openStudio, type Studio } from '../studio.ts';
import { openSession, type Session } from './session.ts';

const root = join(import.meta.dirname, '../../..');
const draft: Draft = {
  ...{ model: 'paper-world', picture: null, prompt: 'a ball', negativePrompt: '', width: 96, height: 64, frames: 17 },
  ...{ fps: 8, steps: 20, guidance: 3, scheduler: 'ddim', seed: 1 },
};
const checkpoint = { kind: 'checkpoint', step: 15 } as const;
const hang = { cause: 'hang', phase: 'denoising', seconds: 7, detail: '' } as const;

describe('a clip that was begun, and is changed while it waits', () => {
  let home: string;
  let studio: Studio;
  let session: Session;
  let client: RouterClient<Session['router']>;
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'reelwright-change-'));
    const program = { resources: join(root, 'resources'), sidecar: join(root, 'python-sidecar') };
    studio = openStudio({ paths: dataPaths(home), program });
    const opening = openSession(studio, {
      ...{ host: 'web', version: '0', locale: 'en', reveal: null, chooseFolder: null, dragOut: null, power: null },
      engineAfterMs: 2 ** 31 - 1,
    });
    if (opening.kind === 'busy') throw new Error('Somebody else holds the engine.');
    session = opening.session;
    client = createRouterClient(session.router);
  });
  afterEach(async () => {
    await session.stop();
    studio.dispose();
    rmSync(home, { recursive: true, force: true, maxRetries: 5 });
  });
  /** With a file of what was kept. */
  async function begun(): Promise<{ id: string; file: string }> {
    const { id } = await client.queue.add(draft);
    studio.jobs.setState(id, { kind: 'paused', reason: 'interrupted', kept: checkpoint });
    const folder = join(studio.paths.jobs, id);
    mkdirSync(folder, { recursive: true });
    const file = join(folder, 'denoise.safetensors');
    writeFileSync(file, '');
    return { id, file };
  }

  it('keeps what was done of it when it may only take less memory', async () => {
    const { id, file } = await begun();
    const told: StudioEvent[] = [];
    session.on((event) => told.push(event));
    const changed = await client.queue.change({ id, draft: { ...draft, memoryLimit: 2 ** 32 } });
    expect(changed).toMatchObject({ memoryLimit: 2 ** 32, state: { kind: 'paused', kept: checkpoint } });
    expect(told).toMatchObject([{ type: 'job', job: { id, memoryLimit: 2 ** 32 } }]);
    expect([studio.jobs.kept(id), existsSync(file)]).toEqual([checkpoint, true]);
  });

  it('goes on from there when it had failed, and is wanted with another limit', async () => {
    const { id, file } = await begun();
    studio.jobs.setState(id, { kind: 'failed', failure: hang, kept: checkpoint });
    const { state } = await client.queue.change({ id, draft: { ...draft, memoryLimit: 2 ** 32 } });
    expect(state).toEqual({ kind: 'queued', kept: checkpoint });
    expect(existsSync(file)).toBe(true);
  });

  it('begins anew with a shortcut, which makes another picture', async () => {
    const { id, file } = await begun();
    const change = (more: Partial<Draft>) => client.queue.change({ id, draft: { ...draft, ...more } });
    const { state, shortcut } = await change({ shortcut: 'cached-steps' });
    expect([state, shortcut]).toEqual([{ kind: 'queued', kept: { kind: 'nothing' } }, 'cached-steps']);
    expect([studio.jobs.kept(id), existsSync(file)]).toEqual([{ kind: 'nothing' }, false]);
    expect(await client.queue.file()).toMatchObject({ version: 3, clips: [{ shortcut: 'cached-steps' }] });
    expect((await change({})).shortcut).toBeUndefined();
  });

  it('begins anew with other settings', async () => {
    const { id, file } = await begun();
    const { state, settings } = await client.queue.change({ id, draft: { ...draft, seed: 2 } });
    expect([state, settings.seed]).toEqual([{ kind: 'queued', kept: { kind: 'nothing' } }, 2]);
    expect([studio.jobs.kept(id), existsSync(file)]).toEqual([{ kind: 'nothing' }, false]);
  });
});

import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { newJob } from '../jobs/recovering.fixture.ts';
import { dataPaths } from '../storage/paths.ts';
import { openStudio, type Studio } from '../studio.ts';
import { openSession, type Session } from './session.ts';

const root = join(import.meta.dirname, '../../..');
const latents = { kind: 'latents' } as const;

describe('clips that wait for a folder that is gone', () => {
  let home: string;
  let studio: Studio;
  let session: Session;
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'reelwright-placing-'));
    const program = { resources: join(root, 'resources'), sidecar: join(root, 'python-sidecar') };
    studio = openStudio({ paths: dataPaths(home), program });
    const opening = openSession(studio, {
      ...{ host: 'web', version: '0', locale: 'en', reveal: null, chooseFolder: null, dragOut: null, power: null },
      engineAfterMs: 2 ** 31 - 1,
    });
    if (opening.kind === 'busy') throw new Error('Somebody else holds the engine.');
    session = opening.session;
  });
  afterEach(async () => {
    await session.stop();
    studio.dispose();
    rmSync(home, { recursive: true, force: true, maxRetries: 5 });
  });
  const folder = (name: string) => {
    const made = join(home, name);
    mkdirSync(made);
    return made;
  };
  const added = (...outs: string[]) => studio.jobs.addMany(outs.map((out) => ({ ...newJob, out, requestKey: out })));
  const outs = () => studio.jobs.waiting().map(({ out }) => out);

  it('go to the one that is chosen in its place, with what is done of them', async () => {
    const [lost, there] = [folder('lost'), folder('there')];
    const files = [join(lost, 'a.mp4'), join(lost, 'b.mp4'), join(there, 'c.mp4')];
    const [first] = added(...files);
    const path = files[0] ?? '';
    const failure = { cause: 'not-writable', phase: 'decoding', path, exists: false, detail: '' } as const;
    studio.jobs.setState(first?.id ?? '', { kind: 'failed', failure, kept: latents });
    rmSync(lost, { recursive: true });

    const chosen = folder('chosen');
    await session.changeSettings({ clipsFolder: chosen });
    expect(outs().map(dirname)).toEqual([chosen, chosen, there]);
    expect(new Set(outs()).size).toBe(3);
    expect(session.snapshot().jobs[0]).toMatchObject({ out: outs()[0], state: { kind: 'failed', kept: latents } });
  });

  it('go back to the usual one, which is made where it is missing; the one that runs stays', async () => {
    const [running, failed] = added('/nowhere/a.mp4', '/nowhere/b.mp4');
    studio.jobs.setState(running?.id ?? '', { kind: 'loading' });
    expect(existsSync(studio.paths.clips)).toBe(false);
    await session.changeSettings({ clipsFolder: null });
    expect(studio.jobs.get(running?.id ?? '')?.out).toBe('/nowhere/a.mp4');
    expect(dirname(studio.jobs.get(failed?.id ?? '')?.out ?? '')).toBe(studio.paths.clips);
    expect(existsSync(studio.paths.clips)).toBe(true);
  });

  it('stay where another setting is changed', async () => {
    added('/nowhere/a.mp4');
    await session.changeSettings({ sound: false });
    expect(outs()).toEqual(['/nowhere/a.mp4']);
  });
});

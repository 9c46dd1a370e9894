import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRouterClient } from '@orpc/server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Preset } from '../contract/storedPreset.ts';
import { readGolden } from '../electron/studio/presets/golden.ts';
import { openSession, type Session } from '../electron/studio/session/index.ts';
import { dataPaths } from '../electron/studio/storage/paths.ts';
import { openStudio, type Studio } from '../electron/studio/studio.ts';
import words from '../renderer/i18n/en/presets.ts';
import { applied, saidBy } from '../renderer/rooms/presets/apply.ts';
import { knownNames } from '../renderer/rooms/presets/modelNames.ts';
import { oneThread, root } from './cli.ts';
import { readClip } from './clip.ts';
import { drawPicture } from './picture.ts';

const folder = join(root, 'resources', 'presets');

describe('the golden presets', () => {
  it('have the settings that the models’ own manifests recommend', async () => {
    const golden = new Map((await readGolden(folder)).map(({ preset }) => [preset.id, preset]));
    const manifests = [
      ...readdirSync(join(root, 'resources', 'catalogue')).map((name) => join(root, 'resources', 'catalogue', name)),
      ...readdirSync(join(root, 'resources', 'models')).map((name) =>
        join(root, 'resources', 'models', name, 'reelwright.json'),
      ),
    ].map((file) => JSON.parse(readFileSync(file, 'utf8')));
    for (const { id, name, defaults } of manifests) {
      expect(golden.get(`${id}-standard`)?.document, id).toMatchObject({ model: id, ...defaults });
      expect(knownNames[id] ?? name, id).toBe(name);
    }
  });

  it('have a name in every language', () => {
    const named = Object.keys(words.golden).map((key) => `${key.replaceAll('_', '.')}.reelpreset`);
    expect(named.sort()).toEqual(readdirSync(folder).sort());
  });
});

describe('the golden presets of the models that are here', { timeout: 240_000 }, () => {
  let home: string;
  let session: Session;
  let studio: Studio;
  beforeAll(() => {
    home = mkdtempSync(join(tmpdir(), 'reelwright-golden-'));
    const program = { resources: join(root, 'resources'), sidecar: join(root, 'python-sidecar') };
    studio = openStudio({ paths: dataPaths(home), program, worker: { env: oneThread } });
    const none = { reveal: null, chooseFolder: null, dragOut: null, power: null } as const;
    const opening = openSession(studio, { host: 'web', version: '0', locale: 'en', ...none, engineAfterMs: 0 });
    if (opening.kind === 'busy') throw new Error('Somebody else holds the engine.');
    session = opening.session;
  });
  afterAll(async () => {
    await session.stop();
    studio.dispose();
    rmSync(home, { recursive: true, force: true, maxRetries: 5 });
  });

  it('render, each in the shape that it says', async () => {
    const client = createRouterClient(session.router);
    const models = await client.models();
    const golden = (await client.presets.list()).filter(({ document }) =>
      models.some(({ id }) => id === document.model),
    );
    expect(golden.map(({ document }) => document.model)).toEqual(expect.arrayContaining(models.map(({ id }) => id)));
    const picture = readFileSync(await drawPicture(home));
    const { id: pictureId } = await studio.pictures.add(picture);

    const ended = new Map<string, string>();
    const enough = new Promise<void>((resolve) => {
      session.onEnded(({ id, state }) => {
        ended.set(id, state.kind);
        if (ended.size === golden.length) resolve();
      });
    });
    const jobs = new Map<string, Preset>();
    for (const preset of golden) {
      const empty = { model: preset.document.model, picture: pictureId, prompt: 'a red ball', negativePrompt: '' };
      const { defaults } = models[0] ?? expect.fail('no model');
      const draft = applied({ ...empty, ...defaults, seed: 1 }, preset.document, saidBy(preset.document), models);
      jobs.set((await client.queue.add({ ...draft, steps: 2 })).id, preset);
    }
    await enough;
    for (const [id, { document }] of jobs) {
      expect(ended.get(id), document.name).toBe('done');
      const { width, height, frames, fps } = document;
      expect(await readClip((await client.library.get({ id })).file)).toMatchObject({ width, height, frames, fps });
    }
  });
});

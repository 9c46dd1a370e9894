import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Draft } from '../contract/draft.ts';
import type { Preset } from '../contract/storedPreset.ts';
import { readGolden } from '../electron/studio/presets/golden.ts';
import words from '../renderer/i18n/en/presets.ts';
import { applied, saidBy } from '../renderer/rooms/presets/apply.ts';
import { knownNames } from '../renderer/rooms/presets/modelNames.ts';
import { root } from './cli.ts';
import { readClip } from './clip.ts';
import { type Open, open } from './openStudio.ts';
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
  let opened: Open;
  beforeAll(() => {
    home = mkdtempSync(join(tmpdir(), 'reelwright-golden-'));
    opened = open(home);
  });
  afterAll(async () => {
    await opened.close();
    rmSync(home, { recursive: true, force: true, maxRetries: 5 });
  });

  it('render, each in the shape that it says', async () => {
    const { client, session, studio } = opened;
    const models = await client.models();
    const golden = (await client.presets.list()).filter(({ document }) =>
      models.some(({ id }) => id === document.model),
    );
    expect(golden.map(({ document }) => document.model)).toEqual(expect.arrayContaining(models.map(({ id }) => id)));
    const picture = readFileSync(await drawPicture(home));
    const { id: pictureId } = await studio.pictures.add(picture);

    // With two steps some are the same clip.
    const presets = new Map<string, Preset[]>();
    for (const preset of golden) {
      const empty = { model: preset.document.model, picture: pictureId, prompt: 'a red ball', negativePrompt: '' };
      const { defaults } = models[0] ?? expect.fail('no model');
      const draft = applied({ ...empty, ...defaults, seed: 1 }, preset.document, saidBy(preset.document), models);
      const key = JSON.stringify({ ...draft, steps: 2 });
      presets.set(key, [...(presets.get(key) ?? []), preset]);
    }
    const ended = new Map<string, string>();
    const enough = new Promise<void>((resolve) => {
      session.onEnded(({ id, state }) => {
        ended.set(id, state.kind);
        if (ended.size === presets.size) resolve();
      });
    });
    const jobs = new Map<string, Preset[]>();
    for (const [draft, same] of presets) jobs.set((await client.queue.add(Draft.parse(JSON.parse(draft)))).id, same);
    await enough;
    for (const [id, same] of jobs) {
      const clip = await readClip((await client.library.get({ id })).file);
      for (const { document } of same) {
        expect(ended.get(id), document.name).toBe('done');
        const { width, height, frames, fps } = document;
        expect(clip, document.name).toMatchObject({ width, height, frames, fps });
      }
    }
  });
});

import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type PresetDocument, presetFormat, presetVersion } from '../../../contract/preset.ts';
import { limits } from '../../../contract/render.ts';
import { parseTemplate, plainText } from '../../../contract/template.ts';
import { Refused } from '../refused.ts';
import { balloonClip } from '../sharing/documents.fixture.ts';
import { encodeLink, receive } from '../sharing/index.ts';
import { openStore, type Store } from '../storage/database.ts';
import { Desk } from './desk.ts';
import { readGolden } from './golden.ts';
import { Shelf } from './shelf.ts';
import { lines, wrapped } from './wrapped.ts';

const resources = join(import.meta.dirname, '..', '..', '..', 'resources');
const document: PresetDocument = {
  format: presetFormat,
  version: presetVersion,
  ...{ name: 'Kite', author: 'Ada', note: '', tags: ['sky'], model: 'paper-world', alternatives: [] },
  ...{ prompt: 'a red kite', negativePrompt: '', width: 256, height: 160, frames: 17, fps: 8, steps: 8, guidance: 3 },
  ...{ scheduler: 'ddim', seed: { kind: 'drawn' }, loras: [], wish: 'balanced', thumbnail: null },
};
const refusal = (problem: string) => expect.objectContaining({ refusal: { reason: 'preset', problem } });

describe('the shelf', () => {
  let folder: string;
  let store: Store;
  let shelf: Shelf;
  let changes = 0;
  let now = 1_700_000_000_000;
  const open = () =>
    new Shelf({
      store,
      goldenFolder: join(resources, 'presets'),
      now: () => (now += 1000),
      posterOf: (clip) => join(folder, `${clip}.webp`),
      changed: () => (changes += 1),
    });
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'reelwright-presets-'));
    store = openStore(join(folder, 'store.db'));
    changes = 0;
    shelf = open();
  });
  afterEach(() => {
    store.close();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  });
  const own = async () => (await shelf.list()).filter(({ origin }) => origin !== 'golden');

  it('keeps presets, the newest first and before the golden ones, and tells of it', async () => {
    const first = await shelf.create(document, null, 'own');
    const second = await shelf.create({ ...document, name: 'Boat' }, null, 'own');
    const all = await shelf.list();
    expect(all.slice(0, 2)).toEqual([second, first]);
    expect(all[2]?.origin).toBe('golden');
    expect(first).toMatchObject({ origin: 'own', document, thumbnail: null });
    expect(changes).toBe(2);
    expect(await open().get(first.id)).toEqual(first);
  });

  it('keeps several in their order, or none', async () => {
    const kept = await shelf.createAll([document, { ...document, name: 'Two' }], 'received');
    expect((await own()).map(({ document: { name } }) => name)).toEqual(['Kite', 'Two']);
    expect(kept.map(({ document: { name } }) => name)).toEqual(['Kite', 'Two']);
    const broken = Object.defineProperty({ ...document }, 'note', {
      enumerable: true,
      get() {
        throw new Error('cut');
      },
    });
    await expect(shelf.createAll([document, broken], 'received')).rejects.toThrow('cut');
    expect(await own()).toHaveLength(2);
  });

  it('has a still of the clip as the thumbnail, small enough to be shared', async () => {
    await sharp({ create: { width: 720, height: 480, channels: 3, background: '#f5a524' } })
      .webp()
      .toFile(join(folder, 'clip1.webp'));
    const { id, thumbnail } = await shelf.create(document, 'clip1', 'own');
    expect(thumbnail).toMatch(/^[0-9a-f]{16}$/);
    const shared = await shelf.document(id);
    const received = await receive(wrapped([shared]).bytes);
    expect(received).toMatchObject({ kind: 'preset', document: shared });
    expect((await sharp(Buffer.from(shared.thumbnail ?? '', 'base64')).metadata()).width).toBe(360);
    // Another clip, another picture; a clip without a still leaves the one there is.
    const same = await shelf.change(id, { note: 'x' }, 'gone');
    expect(same.thumbnail).toBe(thumbnail);
    await sharp({ create: { width: 480, height: 720, channels: 3, background: '#336699' } })
      .webp()
      .toFile(join(folder, 'clip2.webp'));
    const other = await shelf.change(id, {}, 'clip2');
    expect(other.thumbnail).not.toBe(thumbnail);
    expect((await open().get(id)).thumbnail).toBe(other.thumbnail);
  });

  it('changes what is named and nothing else', async () => {
    const { id } = await shelf.create(document, null, 'own');
    const changed = await shelf.change(id, { steps: 20, tags: ['a', 'b'] }, null);
    expect(changed.document).toEqual({ ...document, steps: 20, tags: ['a', 'b'] });
    await expect(shelf.change(id, { steps: 0 }, null)).rejects.toThrow();
    expect((await shelf.get(id)).document.steps).toBe(20);
  });

  it('duplicates with everything, also golden ones', async () => {
    const golden = (await shelf.list()).find(({ origin }) => origin === 'golden');
    const copy = await shelf.duplicate(golden?.id ?? '', 'Mine');
    expect(copy).toMatchObject({ origin: 'own', document: { ...golden?.document, name: 'Mine' } });
  });

  it('takes away, brings back to the same place, and forgets after thirty days', async () => {
    const first = await shelf.create(document, null, 'own');
    const second = await shelf.create(document, null, 'own');
    await shelf.remove([first.id]);
    expect((await own()).map(({ id }) => id)).toEqual([second.id]);
    await expect(shelf.get(first.id)).rejects.toEqual(refusal('gone'));
    shelf.restore([first.id]);
    expect((await own()).map(({ id }) => id)).toEqual([second.id, first.id]);
    await shelf.remove([first.id]);
    shelf.tidy();
    shelf.restore([first.id]);
    await shelf.remove([first.id]);
    now += 31 * 24 * 3600 * 1000;
    shelf.tidy();
    expect(() => shelf.restore([first.id])).toThrow(Refused);
  });

  it('leaves golden ones as they are', async () => {
    const golden = (await shelf.list()).find(({ origin }) => origin === 'golden')?.id ?? '';
    await expect(shelf.change(golden, { steps: 1 }, null)).rejects.toEqual(refusal('golden'));
    await expect(shelf.remove([golden])).rejects.toEqual(refusal('golden'));
    await expect(shelf.get('nothing')).rejects.toEqual(refusal('gone'));
  });

  it('does not show what a later version wrote, and keeps it', async () => {
    const { id } = await shelf.create(document, null, 'own');
    store.prepare("UPDATE presets SET document = json_set(document, '$.version', 9) WHERE id = ?").run(id);
    expect(await own()).toEqual([]);
    expect(store.prepare('SELECT count(*) AS n FROM presets').get()).toMatchObject({ n: 1 });
  });
});

describe('the golden presets', () => {
  const files = readdirSync(join(resources, 'presets'));

  it('are ordinary files that say where they are from', async () => {
    const golden = await readGolden(join(resources, 'presets'));
    expect(golden).toHaveLength(files.length);
    for (const { preset } of golden) expect(preset.document.note).toMatch(/Source: /);
    // What everybody has stands first.
    expect(golden[0]?.preset.id).toBe('paper-world-standard');
  });
});

describe('what came in', () => {
  let told = 0;
  const desk = () => new Desk(() => (told += 1));

  it('lies there to be looked at until it is left, and what is chosen of it can be kept', async () => {
    const here = desk();
    const two = { ...document, name: 'Two' };
    const { id, received } = await here.put(wrapped([document, two]).bytes);
    expect(received.kind).toBe('pack');
    expect(here.documents(id, [1])).toEqual([two]);
    expect(here.documents(id, [0, 1, 7])).toEqual([document, two]);
    here.leave(id);
    expect(() => here.get(id)).toThrow(Refused);
  });

  it('a clip becomes a preset that says what was rendered, with what was shown of it', async () => {
    const here = desk();
    const rendered = { ...balloonClip.preset, prompt: 'a {red|blue} fox, 50\\' };
    const { id } = await here.put(JSON.stringify({ ...balloonClip, preset: rendered, seed: 7 }));
    const [kept] = here.documents(id, [0]);
    const template = parseTemplate(kept?.prompt ?? '');
    expect(template.kind === 'template' && plainText(template.template)).toBe(rendered.prompt);
    expect(kept?.seed).toEqual({ kind: 'fixed', value: 7 });
    const long = { ...rendered, prompt: `${'{'.repeat(limits.prompt - 2)}🎈` };
    const other = await here.put(JSON.stringify({ ...balloonClip, preset: long }));
    expect(here.documents(other.id, [0])).toMatchObject([{ prompt: '', negativePrompt: long.negativePrompt }]);
  });

  it('is not without end', async () => {
    const here = desk();
    const ids: string[] = [];
    for (let at = 0; at < 9; at++) ids.push((await here.put(lines(document).link)).id);
    expect(() => here.get(ids[0] ?? '')).toThrow(Refused);
    expect(here.get(ids[8] ?? '').received.kind).toBe('preset');
  });

  it('is what the host was handed until somebody has looked at it', async () => {
    const here = desk();
    expect(here.handedIn).toBeNull();
    const { id, received } = await here.handIn('no preset at all');
    expect(received.kind).toBe('refused');
    expect(here.handedIn).toBe(id);
    expect(here.documents(id, [0])).toEqual([]);
    const next = await here.handIn(lines(document).text);
    expect(here.handedIn).toBe(id);
    told = 0;
    here.leave(id);
    expect(here.handedIn).toBe(next.id);
    here.leave(next.id);
    expect(here.handedIn).toBeNull();
    expect(told).toBe(2);
  });
});

describe('what goes out', () => {
  it.each([
    ['A calm sea', 'A calm sea'],
    ['../../etc/passwd', 'etc passwd'],
    ['C:\\x|y?<z>*"', 'C x y z'],
    ['con', '_con'],
    ['LPT1.txt', '_LPT1.txt'],
    ['…', '…'],
    ['...', 'preset'],
    ['\u202egnp.exe\u0000', 'gnp.exe'],
    ['海'.repeat(80), '海'.repeat(40)],
  ])('%s becomes a name for a file', (name, file) =>
    expect(wrapped([{ ...document, name }]).name).toBe(`${file}.reelpreset`),
  );

  it('is a file, a pack, a link and a line, each of which comes in again as it was', async () => {
    const { link, text } = lines(document);
    for (const what of [wrapped([document]).bytes, link, `see this: ${text}\n`]) {
      expect(await receive(what)).toMatchObject({ kind: 'preset', document });
    }
    expect(wrapped([document]).name).toBe('Kite.reelpreset');
    expect(wrapped([document, document]).name).toMatch(/\.reelpack$/);
  });

  it('is refused in words when it is too much', () => {
    const long = {
      ...document,
      note: Array.from({ length: 1990 }, (_, at) => String.fromCodePoint(0x4e00 + ((at * 7919) % 20000))).join(''),
    };
    expect(encodeLink(long).kind).toBe('too-long');
    expect(() => lines(long)).toThrow(Refused);
    expect(() => wrapped([])).toThrow(Refused);
  });
});

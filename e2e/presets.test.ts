/** Presets through an open studio's calls and addresses, without a window and without an engine. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type PresetDocument, presetFormat, presetLimits, presetVersion } from '../contract/preset.ts';
import { Refusal } from '../contract/refusal.ts';
import { sitePaths } from '../contract/site.ts';
import { ReceivedPreview, receiveLimit } from '../contract/storedPreset.ts';
import { receive } from '../electron/studio/sharing/index.ts';
import { type Open, open, refusalOf } from './openStudio.ts';

const document: PresetDocument = {
  format: presetFormat,
  version: presetVersion,
  ...{ name: 'Kite: a "test"', author: 'Ada', note: '', tags: ['sky'], model: 'paper-world', alternatives: [] },
  ...{ prompt: 'a red kite', negativePrompt: 'rain', width: 256, height: 160, frames: 17, fps: 8, steps: 8 },
  ...{ guidance: 3, scheduler: 'ddim', seed: { kind: 'drawn' }, loras: [], wish: 'balanced', thumbnail: null },
};

let home: string;
let client: Open['client'];
let session: Open['session'];
let events: Open['events'];
let close: Open['close'];
let dragged: string[];

/** Nothing is rendered: its engine is not started. */
function openAgain(): void {
  dragged = [];
  const abilities = { dragOut: (file: string) => void dragged.push(file), engineAfterMs: 2 ** 31 - 1 };
  ({ client, session, events, close } = open(home, { abilities }));
}

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'reelwright-presets-'));
  openAgain();
});
afterEach(async () => {
  await close();
  rmSync(home, { recursive: true, force: true, maxRetries: 5 });
});

const ask = async (path: string, init?: RequestInit): Promise<Response> =>
  (await session.site(new Request(`studio://app${path}`, init))) ?? expect.fail(`no answer to ${path}`);
const bytesOf = async (response: Response) => new Uint8Array(await response.arrayBuffer());
const send = (body: Uint8Array | string) =>
  ask(sitePaths.receive, { method: 'POST', body: body as Uint8Array<ArrayBuffer> | string });

describe('presets of an open studio', () => {
  it('are told of, shared as files and packs, with their words or without', async () => {
    const { id } = await client.presets.create({ document, clip: null });
    expect(events).toContainEqual({ type: 'presets' });
    const file = await ask(sitePaths.presetExport([id], false));
    expect(file.headers.get('content-disposition')).toContain(encodeURIComponent('Kite a test.reelpreset'));
    expect(await receive(await bytesOf(file))).toMatchObject({ kind: 'preset', document });

    const bare = await receive(await bytesOf(await ask(sitePaths.presetExport([id], true))));
    expect(bare).toMatchObject({ kind: 'preset', document: { prompt: '', negativePrompt: '' } });
    const { link } = await client.presets.link({ id, withoutWords: true });
    expect(link.length).toBeLessThanOrEqual(presetLimits.link);
    expect(await receive(link)).toMatchObject({ document: { prompt: '', negativePrompt: '', steps: 8 } });

    const pack = await ask(sitePaths.presetExport([id, 'paper-world-quick'], false));
    const unpacked = await receive(await bytesOf(pack));
    expect(unpacked.kind === 'pack' && unpacked.documents.map(({ thumbnail }) => thumbnail !== null)).toEqual([
      false,
      true,
    ]);
    expect((await ask('/export/presets?ids=nothing')).status).toBe(404);
    // Not cut to what fits: it would be taken for all of them.
    const many = Array.from({ length: presetLimits.pack + 1 }, () => id);
    expect((await ask(sitePaths.presetExport(many, false))).status).toBe(404);
    expect((await ask(sitePaths.presetExport(many.slice(1), false))).status).toBe(200);
  });

  it('have thumbnails at addresses of their own', async () => {
    const golden = await client.presets.get({ id: 'paper-world-standard' });
    const picture = await ask(sitePaths.presetThumbnail(golden.id, golden.thumbnail ?? ''));
    expect(picture.headers.get('content-type')).toBe('image/webp');
    expect((await bytesOf(picture)).length).toBeGreaterThan(500);
    const { id } = await client.presets.create({ document, clip: null });
    expect((await ask(sitePaths.presetThumbnail(id, 'x'))).status).toBe(404);
    expect((await ask('/media/presets/..%2fx.webp').catch(() => null))?.status ?? 404).toBe(404);
  });

  it('become a file when they are dragged out, under a name that every system takes', async () => {
    const { id } = await client.presets.create({ document, clip: null });
    await client.presets.drag({ id });
    const [file = ''] = dragged;
    expect(basename(file)).toBe('Kite a test.reelpreset');
    expect(file.startsWith(home)).toBe(true);
    expect(await receive(readFileSync(file))).toMatchObject({ kind: 'preset', document });
  });

  it('come in, are looked at, and are kept only when that is asked for', async () => {
    const preview = ReceivedPreview.parse(await (await send(JSON.stringify(document))).json());
    expect(preview.received).toMatchObject({ kind: 'preset', document });
    expect((await client.presets.list()).filter(({ origin }) => origin !== 'golden')).toEqual([]);
    const [kept] = await client.presets.accept({ id: preview.id, which: [0] });
    expect(kept).toMatchObject({ origin: 'received', document });
    // Done with: it cannot be kept twice.
    const again = await client.presets.accept({ id: preview.id, which: [0] }).catch(refusalOf);
    expect(again).toEqual({ reason: 'preset', problem: 'looked-away' });
  });

  it('come in as text with whatever stands around it; other text is refused by name', async () => {
    const { id } = await client.presets.create({ document, clip: null });
    const { text } = await client.presets.link({ id });
    const line = await client.presets.receive({ text: `Ada wrote:\n> ${text}.\n` });
    expect(line.received).toMatchObject({ kind: 'preset', document });
    expect((await client.presets.receive({ text: 'a prompt' })).received).toMatchObject({ kind: 'refused' });
  });

  it('that are too large are refused before they are read', async () => {
    const huge = await send(new Uint8Array(receiveLimit + 1));
    expect(huge.status).toBe(422);
    expect(Refusal.parse(await huge.json())).toEqual({ reason: 'preset', problem: 'file-too-large' });
    expect((await ask(sitePaths.receive)).status).toBe(405);
  });

  it('that the host was handed are told one after the other, also to a page that comes later', async () => {
    await session.handIn(new TextEncoder().encode(JSON.stringify(document)));
    await session.handIn('reelwright://preset/broken');
    const first = session.snapshot().received ?? expect.fail('nothing to look at');
    expect(events.filter(({ type }) => type === 'received')).toEqual([{ type: 'received', id: first }]);
    expect((await client.presets.received({ id: first })).received.kind).toBe('preset');
    await client.presets.leave({ id: first });
    const second = session.snapshot().received ?? expect.fail('nothing more to look at');
    expect(events.at(-1)).toEqual({ type: 'received', id: second });
    expect((await client.presets.received({ id: second })).received.kind).toBe('refused');
    await client.presets.leave({ id: second });
    expect(session.snapshot().received).toBeNull();
    expect(events.at(-1)).toEqual({ type: 'received', id: null });
  });

  it('stay where they are in another run', async () => {
    const { id } = await client.presets.create({ document, clip: null });
    await close();
    openAgain();
    expect(await client.presets.get({ id })).toMatchObject({ document });
  });
});

import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CommandEvent } from '../../contract/command.ts';
import type { Received } from '../../contract/received.ts';
import { balloon, balloonClip } from '../studio/sharing/documents.fixture.ts';
import { ftyp, mdat, moov, udta } from '../studio/sharing/films.fixture.ts';
import { encodeLink, encodePack, receive } from '../studio/sharing/index.ts';
import { type Command, parseCommand } from './arguments.ts';
import type { Output } from './output.ts';
import { presets } from './presets.ts';
import { withPreset } from './withPreset.ts';

let folder: string;
const at = (name: string) => join(folder, name);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reelwright-cli-presets-'));
  const clip = { ...balloonClip, preset: { ...balloonClip.preset, name: 'Turned \u202e around' } };
  await writeFile(at('clip.mp4'), Buffer.concat([ftyp, moov(udta(JSON.stringify(clip))), mdat()]));
  await writeFile(at('bare.mp4'), Buffer.concat([ftyp, moov(), mdat()]));
  await writeFile(at('pack.zip'), encodePack([balloon, { ...balloon, name: 'Second' }]) ?? '');
  const foreign = { prompt: 'a fox', resolution: '512x320', num_inference_steps: 12, seed: 3 };
  await writeFile(at('foreign.mp4'), Buffer.concat([ftyp, moov(udta(JSON.stringify(foreign))), mdat()]));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function commandOf(...args: string[]): Command {
  const parsed = parseCommand(args, folder);
  if (parsed.kind === 'wrong') throw new Error(parsed.sentence);
  return parsed.command;
}

/** What the command says, in words and as data, or the sentence that it refuses with. */
async function run(...args: string[]): Promise<{ code: number; text: string; data: unknown }> {
  const command = commandOf('presets', ...args);
  if (command.kind !== 'presets') throw new Error('another command');
  let said: { text: string; data: unknown } = { text: '', data: null };
  const output: Output = {
    event: (event: CommandEvent) => {
      if (event.type === 'error') said = { text: event.sentence, data: event.cause };
    },
    result: (text, data) => {
      said = { text, data };
    },
  };
  return { code: await presets(command, output), ...said };
}

describe('presets show', () => {
  it.each<[string, RegExp]>([
    ['clip.mp4', /^Turned ⟨U\+202E⟩ around\n[\s\S]*256x160, 17 frames at 8[\s\S]*seed of the clip +7\n +made +2025-/],
    ['pack.zip', /^Balloon at sunset\n[\s\S]*\n\nSecond\n/],
    ['foreign.mp4', /^Settings of Wan2GP, as far[\s\S]*prompt +a fox\n +seed +3\n +width +512/],
  ])('%s', async (name, text) => {
    expect(await run('show', name)).toMatchObject({ code: 0, text: expect.stringMatching(text) });
  });

  it('a link that lost its quotation marks on the way', async () => {
    const link = encodeLink(balloon);
    const pieces = link.kind === 'line' ? [link.line.slice(0, 80), link.line.slice(80)] : [];
    const shown = await run('show', ...pieces);
    expect(shown.data).toEqual({ kind: 'preset', document: { ...balloon, thumbnail: null }, carrier: 'link' });
    expect(shown.text).toContain('model            paper-world, else cogvideox-2b');
  });

  it.each<[string, string | Buffer, RegExp]>([
    ['empty.reelpreset', '', /There is nothing in it/],
    ['prose.reelpreset', 'Dear Ada', /no preset, pack, clip or picture/],
    ['newer.reelpreset', JSON.stringify({ ...balloon, version: 2, needs: '3.0' }), /needs Reelwright 3.0 or newer/],
    ['newest.reelpreset', JSON.stringify({ ...balloon, version: 2 }), /made by a later Reelwright/],
    ['unknown.reelpreset', JSON.stringify({ ...balloon, 'run\u202e': 'x' }), /no preset has: "run⟨U\+202E⟩"/],
    ['missing.reelpreset', JSON.stringify({ ...balloon, steps: undefined }), /"steps" is missing/],
    ['twice.reelpreset', `{"name":"x",${JSON.stringify(balloon).slice(1)}`, /"name" stands there twice/],
    ['invalid.reelpreset', JSON.stringify({ ...balloon, steps: 0 }), /"steps" is none that a preset can have/],
    ['large.reelpreset', ' '.repeat(300_000), /too large: at most 256 KiB/],
    ['deep.reelpreset', `{"format":"reelwright-preset","tags":${'['.repeat(9)}`, /deeper than 6 levels/],
    ['cut.zip', Buffer.from('PK\x03\x04'), /This pack is damaged/],
  ])('%s is refused with a sentence', async (name, bytes, sentence) => {
    await writeFile(at(name), bytes);
    expect(await run('show', name)).toMatchObject({ code: 4, text: expect.stringMatching(sentence) });
  });

  it('what is not there, and folders', async () => {
    expect(await run('show', 'none.mp4')).toMatchObject({
      code: 2,
      text: expect.stringMatching(/There is nothing at/),
    });
    expect(await run('show', '.')).toMatchObject({ code: 2, text: expect.stringMatching(/is a folder/) });
  });
});

describe('presets export', () => {
  it('as a file, with and without the seed', async () => {
    expect(await run('export', '--from-clip', 'clip.mp4', '--out', 'a.reelpreset')).toMatchObject({ code: 0 });
    const exported = await receive(await readFile(at('a.reelpreset')));
    expect(exported).toMatchObject({
      document: { prompt: balloon.prompt.replace(/[{}]/g, '\\$&'), seed: { kind: 'drawn' } },
    });
    const again = await run('export', '--from-clip', 'clip.mp4', '--out', 'a.reelpreset');
    expect(again).toMatchObject({ code: 2, text: expect.stringMatching(/exists. Add --overwrite/) });
    expect(
      (await run('export', '--from-clip', 'clip.mp4', '--out', 'a.reelpreset', '--keep-seed', '--overwrite')).code,
    ).toBe(0);
    expect(await receive(await readFile(at('a.reelpreset')))).toMatchObject({
      document: { seed: { kind: 'fixed', value: 7 } },
    });
  });

  it('as a link; not of what has none', async () => {
    const { data } = await run('export', '--from-clip', 'clip.mp4');
    expect(await receive((data as { link: string }).link)).toMatchObject({ kind: 'preset', carrier: 'link' });
    expect(await run('export', '--from-clip', 'foreign.mp4')).toMatchObject({ code: 4, data: 'foreign' });
    expect((await run('export', '--from-clip', 'bare.mp4')).text).toMatch(/This clip does not say how it was made/);
    const nowhere = await run('export', '--from-clip', 'clip.mp4', '--out', 'no/where.reelpreset');
    expect(nowhere).toMatchObject({ code: 2, text: expect.stringMatching(/There is nothing at/) });
  });
});

describe('presets strip', () => {
  it('all of it, or the words; and into no folder', async () => {
    expect(await run('strip', 'clip.mp4', 'for-you.mp4')).toMatchObject({ code: 0, data: { carries: 'nothing' } });
    expect((await readFile(at('for-you.mp4'))).toString('latin1')).not.toContain('balloon');
    expect((await run('strip', 'clip.mp4', 'for-you.mp4')).text).toMatch(/for-you.mp4 exists/);
    expect((await run('strip', 'clip.mp4', 'for-you.mp4', '--overwrite', '--keep-settings')).code).toBe(0);
    const kept = (await run('show', 'for-you.mp4')).data as Received;
    expect(kept).toMatchObject({ kind: 'clip', record: { seed: 7, preset: { prompt: '' } } });
    expect((await run('strip', 'clip.mp4', join('none', 'x.mp4'))).text).toMatch(/The folder .*none does not exist/);
    expect((await run('strip', 'pack.zip', 'x.zip')).text).toMatch(/no preset, pack, clip/);
    expect((await readdir(folder)).filter((name) => name.endsWith('.part'))).toEqual([]);
  });
});

describe('generate --preset', () => {
  const studio = {
    models: async () => [{ id: 'cogvideox-2b' }],
  } as unknown as Parameters<typeof withPreset>[1];
  const filled = async (...args: string[]) => {
    const command = commandOf('generate', ...args);
    if (command.kind !== 'generate') throw new Error('another command');
    return withPreset(command, studio);
  };
  const kept = async (name: string, document: object) => {
    await writeFile(at(name), JSON.stringify({ ...balloon, ...document }));
    return name;
  };

  it('fills in what is not said, with the first model that is here', async () => {
    const file = await kept('plain.reelpreset', { prompt: 'a \\{red\\} balloon', seed: { kind: 'fixed', value: 5 } });
    expect(await filled('--preset', file, '--steps', '4')).toMatchObject({
      kind: 'command',
      command: {
        ...{ prompt: 'a {red} balloon', negativePrompt: 'rain', model: 'cogvideox-2b', width: 256, frames: 17 },
        ...{ steps: 4, guidance: 3, scheduler: 'ddim', seed: 5 },
      },
    });
  });

  it('of a clip: its very words and its seed; of another program: what it says', async () => {
    expect(await filled('--preset', 'clip.mp4')).toMatchObject({ command: { prompt: balloon.prompt, seed: 7 } });
    expect(await filled('--preset', 'foreign.mp4')).toMatchObject({
      command: { prompt: 'a fox', model: null, width: 512, height: 320, steps: 12, seed: 3, scheduler: null },
    });
  });

  it('words of one’s own fill the places', async () => {
    const file = await kept('slots.reelpreset', {});
    expect(await filled('--preset', file, '--prompt', 'a boat')).toMatchObject({ command: { prompt: 'a boat' } });
    expect(await filled('--preset', file)).toMatchObject({ sentence: expect.stringMatching(/fill in: ".*\{place\}/) });
  });

  it.each<[string, object, RegExp]>([
    ['wordless.reelpreset', { prompt: '' }, /leaves the words to you/],
    ['elsewhere.reelpreset', { prompt: 'x', model: 'sora', alternatives: [] }, /made for sora, and none/],
    ['wrong.reelpreset', { run: 'x' }, /a field that no preset has/],
  ])('%s is refused', async (name, document, sentence) => {
    expect(await filled('--preset', await kept(name, document))).toMatchObject({
      sentence: expect.stringMatching(sentence),
    });
  });

  it('packs and what is not there are refused', async () => {
    expect(await filled('--preset', 'pack.zip')).toMatchObject({ sentence: expect.stringMatching(/several presets/) });
    expect(await filled('--preset', 'none')).toMatchObject({ sentence: expect.stringMatching(/There is nothing at/) });
  });
});

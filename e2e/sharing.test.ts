import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ClipRecord } from '../contract/clipRecord.ts';
import { Received } from '../contract/received.ts';
import { anyRecord, balloon } from '../electron/studio/sharing/documents.fixture.ts';
import { receiveFile, shareCopy } from '../electron/studio/sharing/index.ts';
import { asciiJson } from '../electron/studio/sharing/json.ts';
import { cli, type Ended, oneThread, root } from './cli.ts';
import { readClip } from './clip.ts';
import { testPython } from './environment.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reelwright-sharing-'));
});
afterAll(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));

/** Writes clips as the worker does, and lets FFmpeg's muxers have their way with them, as `ffmpeg -c copy` would. */
const writer = `
import json, sys
from pathlib import Path
import numpy
from reelwright_sidecar.libraries import av
from reelwright_sidecar.media.clip import ClipWriter

def copy(source, target, options={}):
    with av.open(str(source)) as given, av.open(str(target), "w", options=options) as made:
        stream = made.add_stream_from_template(given.streams.video[0])
        made.metadata.update(given.metadata)
        for packet in given.demux(video=0):
            if packet.pts is None:
                continue
            if packet.dts is None:  # Matroska does not tell it
                packet.dts = packet.pts
            packet.stream = stream
            made.mux(packet)

folder = Path(sys.argv[1])
frames = numpy.zeros((2, 16, 16, 3), numpy.uint8)
for number, record in enumerate(json.load(sys.stdin)):
    clip = folder / f"{number}.mp4"
    with ClipWriter(clip, "job", 16, 16, 8, record) as writer:
        writer.write(frames)
        writer.finish(True, None)
    copy(clip, folder / f"{number}-copy.mp4")
    copy(clip, folder / f"{number}-fast.mp4", {"movflags": "+faststart"})
    copy(clip, folder / f"{number}-tags.mp4", {"movflags": "+use_metadata_tags"})
    copy(clip, folder / f"{number}-fragments.mp4", {"movflags": "+frag_keyframe+empty_moov"})
    copy(clip, folder / f"{number}.mov")
    copy(clip, folder / f"{number}.mkv")
    copy(folder / f"{number}.mkv", folder / f"{number}-back.mp4")
`;

describe('the record of a clip, written by the worker', { timeout: 120_000 }, () => {
  const records = fc.sample(anyRecord, { numRuns: 12, seed: 7 });
  beforeAll(async () => {
    const input = JSON.stringify(records.map(asciiJson));
    const env = { PYTHONPATH: join(root, 'python-sidecar'), ...oneThread };
    await execa(await testPython(), ['-c', writer, folder], { input, env });
  });

  it.each(['.mp4', '-copy.mp4', '-fast.mp4', '-tags.mp4', '-fragments.mp4', '.mov', '.mkv', '-back.mp4'])(
    'is the same in %s',
    async (name) => {
      const carrier = name === '.mkv' ? 'webm' : 'mp4';
      for (const [number, record] of records.entries()) {
        expect(await receiveFile(join(folder, `${number}${name}`))).toStrictEqual({ kind: 'clip', record, carrier });
      }
    },
  );

  it('is the same from its comment alone, and from XMP alone', async () => {
    for (const [number, record] of records.entries()) {
      const clip = await readFile(join(folder, `${number}.mp4`));
      const comment = clip.indexOf(asciiJson(record));
      const xmp = clip.lastIndexOf('<x:xmpmeta');
      expect([comment, xmp].every((at) => at > 0)).toBe(true);
      for (const [from, to] of [
        [comment, comment + asciiJson(record).length],
        [xmp, clip.length],
      ] as const) {
        const half = Buffer.from(clip).fill(0, from, to);
        const file = join(folder, 'half.mp4');
        await writeFile(file, half);
        expect(await receiveFile(file)).toStrictEqual({ kind: 'clip', record, carrier: 'mp4' });
      }
    }
  });

  it('leaves a copy that plays as before when it is taken out', async () => {
    for (const name of ['0.mp4', '1-copy.mp4', '2-fragments.mp4', '3-tags.mp4', '4.mov', '5.mkv']) {
      const [source, out] = [join(folder, name), join(folder, 'shared.mp4')];
      const before = await readClip(source);
      for (const keepSettings of [true, false]) {
        const choice = { keepSettings, keepPrompt: false, overwrite: true };
        expect(await shareCopy(source, out, choice), name).toEqual({ kind: 'shared' });
        const after = await readClip(out);
        expect({ ...after, comment: '' }).toEqual({ ...before, comment: '' });
        const received = await receiveFile(out);
        expect(received.kind === 'clip' && received.record.preset.prompt).toBe(keepSettings ? '' : false);
        // In Matroska files FFmpeg calls it by another name.
        if (keepSettings && !name.endsWith('.mkv'))
          expect(ClipRecord.parse(JSON.parse(after.comment)).preset.prompt).toBe('');
        else expect(after.comment).toBe('');
      }
    }
  });
});

describe('two data folders', { timeout: 120_000 }, () => {
  const small = ['--width', '96', '--height', '64', '--frames', '9', '--steps', '3', '--seed', '11'];
  const home = (name: string) => join(folder, name);
  const run = (name: string, ...args: string[]): Promise<Ended> => cli(args, { home: home(name) });
  const result = (ended: Ended): unknown => JSON.parse(ended.text.split('\n').at(-1) ?? '');
  beforeAll(async () => {
    for (const name of ['one', 'other']) await mkdir(home(name));
  });

  it('exchange a preset by file, by link and by a clip, and make the same frames of it', async () => {
    const clip = join(folder, 'first.mp4');
    const words = [
      '--prompt',
      'a red balloon {over} hills',
      '--negative',
      'rain',
      '--guidance',
      '2.5',
      '--scheduler',
      'dpm',
    ];
    expect((await run('one', 'generate', ...words, ...small, '--out', clip)).code).toBe(0);
    const file = join(folder, 'mine.reelpreset');
    expect((await run('one', 'presets', 'export', '--from-clip', clip, '--out', file, '--keep-seed')).code).toBe(0);
    const { link } = result(await run('one', 'presets', 'export', '--from-clip', clip, '--keep-seed')) as {
      link: string;
    };

    const first = await readClip(clip);
    const settings = ({ comment }: { comment: string }) => {
      const {
        job: _,
        createdAt: __,
        seconds: ___,
        phaseSeconds: ____,
        ...lasting
      } = ClipRecord.parse(JSON.parse(comment));
      return lasting;
    };
    for (const [name, preset] of [
      ['file', file],
      ['link', `<${link}>`],
      ['clip', clip],
    ] as const) {
      const out = join(folder, `${name}-again.mp4`);
      const made = await run('other', 'generate', '--preset', preset, '--out', out);
      expect(made.last).toMatchObject({ type: 'done', width: 96, height: 64, frames: 9, seed: 11 });
      const again = await readClip(out);
      expect(again.pixels, name).toBe(first.pixels);
      expect(settings(again)).toEqual(settings(first));
    }
  });

  it('what is said beside the preset counts more', async () => {
    const out = join(folder, 'own-words.mp4');
    const file = join(folder, 'mine.reelpreset');
    const made = await run(
      'other',
      'generate',
      '--preset',
      file,
      '--prompt',
      'a blue boat',
      '--steps',
      '2',
      '--out',
      out,
    );
    expect(made.code).toBe(0);
    const record = ClipRecord.parse(JSON.parse((await readClip(out)).comment));
    expect(record).toMatchObject({ seed: 11, preset: { prompt: 'a blue boat', negativePrompt: 'rain', steps: 2 } });
  });

  it('tell what a clip says, and give it away without', async () => {
    const clip = join(folder, 'first.mp4');
    const shown = Received.parse(result(await run('one', 'presets', 'show', clip)));
    expect(shown).toMatchObject({ kind: 'clip', record: { seed: 11, preset: { negativePrompt: 'rain' } } });
    const inWords = await cli(['presets', 'show', clip], { home: home('one'), json: false });
    expect(inWords.text).toMatch(/a red balloon[\s\S]*96x64, 9 frames[\s\S]*seed of the clip +11/);

    const bare = join(folder, 'bare.mp4');
    expect(result(await run('one', 'presets', 'strip', clip, bare))).toEqual({ file: bare, carries: 'nothing' });
    expect(result(await run('one', 'presets', 'show', bare))).toMatchObject({
      sentence: expect.stringMatching(/does not say how it was made/),
    });
    const again = await run('one', 'presets', 'strip', clip, bare);
    expect(again.code).toBe(2);
    expect(JSON.parse(again.text)).toMatchObject({
      type: 'error',
      sentence: expect.stringMatching(/exists. Add --overwrite/),
    });
    const kept = await run('one', 'presets', 'strip', clip, bare, '--keep-settings', '--overwrite');
    expect(kept.code).toBe(0);
    expect(Received.parse(result(await run('one', 'presets', 'show', bare)))).toMatchObject({
      record: { seed: 11, preset: { name: 'paper-world', prompt: '', negativePrompt: '', guidance: 2.5 } },
    });
    expect((await readClip(bare)).pixels).toBe((await readClip(clip)).pixels);
    expect((await readdir(folder)).filter((name) => name.endsWith('.part'))).toEqual([]);
  });

  it('refuse what is no preset before anything is rendered', async () => {
    const file = join(folder, 'run.reelpreset');
    await writeFile(file, JSON.stringify({ ...balloon, run: 'x' }));
    const made = await run('other', 'generate', '--preset', file, '--out', join(folder, 'never.mp4'));
    expect(made.last).toMatchObject({ type: 'error', sentence: expect.stringMatching(/no preset has: "run"/) });
    expect(made.code).toBe(2);
  });
});

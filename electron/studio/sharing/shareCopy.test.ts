import { chmod, link, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ClipRecord } from '../../../contract/clipRecord.ts';
import { boxesOf } from './boxes.ts';
import { crc32 } from './bytes.ts';
import { anyRecord, balloonClip } from './documents.fixture.ts';
import { box, ftyp, longBox, mdat, moov, tagged, udta, xmp } from './films.fixture.ts';
import { receive, shareCopy } from './index.ts';
import { asciiJson } from './json.ts';
import { mutatedKinds, mutation } from './mutations.fixture.ts';
import { withSettings } from './picture.ts';
import { publish, writeWhole } from './publish.ts';
import { xmpPacket } from './xmp.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reelwright-share-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const words = 'a very secret balloon';
const secret: ClipRecord = {
  ...balloonClip,
  preset: { ...balloonClip.preset, name: words, prompt: words, negativePrompt: 'no very secret rain' },
};
const wordless = { ...secret, preset: { ...secret.preset, name: 'paper-world', prompt: '', negativePrompt: '' } };
const json = asciiJson(secret);
const packet = xmpPacket(secret);
const pictures = mdat();
const openMdat = Buffer.concat([Buffer.alloc(4), pictures.subarray(4)]);
const stale = box('free', `what was ${words} once`);

const films: [string, Buffer][] = [
  ['the index first', Buffer.concat([ftyp, moov(udta(json)), pictures, xmp(packet)])],
  ['the index last', Buffer.concat([ftyp, pictures, moov(udta(json))])],
  ['the index in the middle', Buffer.concat([ftyp, moov(udta(json)), stale, pictures, xmp(packet), stale])],
  ['XMP first', Buffer.concat([ftyp, xmp(packet), moov(), pictures])],
  ['XMP alone, index last', Buffer.concat([ftyp, pictures, moov(), xmp(packet)])],
  ['an index without room', Buffer.concat([ftyp, moov(udta('')), pictures, xmp(packet)])],
  ['an index with names of its own', Buffer.concat([ftyp, moov(tagged({ comment: json, title: words })), pictures])],
  ['an index with old text in it', Buffer.concat([ftyp, moov(udta(json), stale), pictures])],
  ['pictures to the end of the file', Buffer.concat([ftyp, moov(udta(json)), openMdat])],
  ['XMP in the index', Buffer.concat([ftyp, moov(udta(json), xmp(packet)), pictures])],
  ['XMP in the index alone', Buffer.concat([ftyp, moov(xmp(packet)), pictures, xmp(packet)])],
  [
    'words deep inside',
    Buffer.concat([
      ftyp,
      moov(udta(json), box('trak', box('mdia', box('minf', xmp(packet), stale), udta(words)))),
      ...[pictures, box('moof', box('traf', udta(json), xmp(packet)))],
    ]),
  ],
  [
    'fragments',
    Buffer.concat([ftyp, moov(), box('moof', box('mfhd', Buffer.alloc(8))), pictures, xmp(packet), box('mfra')]),
  ],
  [
    'boxes that nobody knows',
    Buffer.concat([ftyp, box('jumb', words), moov(udta(json)), box('emsg', words), pictures, box('PICT', packet)]),
  ],
  [
    'sizes in eight bytes',
    Buffer.concat([ftyp, longBox('moov', Buffer.concat([box('mvhd', 'x'), udta(json)])), longBox('mdat', pictures)]),
  ],
];

async function shared(film: Buffer, choice: { keepSettings: boolean; keepPrompt: boolean }): Promise<Buffer> {
  const [source, out] = [join(folder, 'source.mp4'), join(folder, 'out.mp4')];
  await writeFile(source, film);
  expect(await shareCopy(source, out, { ...choice, overwrite: true })).toEqual({ kind: 'shared' });
  expect(await readFile(source), 'the source is untouched').toEqual(film);
  expect((await readdir(folder)).filter((name) => name.endsWith('.part'))).toEqual([]);
  return readFile(out);
}

/** Where the pictures lie, and that the boxes still fill the file. */
function mdatOf(film: Buffer): { at: number; bytes: Buffer } {
  const boxes = boxesOf(film);
  const last = boxes.at(-1);
  expect((last?.at ?? 0) + (last?.size ?? 0)).toBe(film.length);
  const found = boxes.find(({ type }) => type === 'mdat');
  if (found === undefined) throw new Error('no pictures');
  const at = found.at + found.head;
  return { at, bytes: film.subarray(at, found.at + found.size) };
}

describe.each(films)('a copy of a clip with %s', (_, film) => {
  it('keeps everything when that is wanted', async () => {
    expect(await shared(film, { keepSettings: true, keepPrompt: true })).toEqual(film);
  });

  it('without its words: the rest of the settings in it, and no word anywhere', async () => {
    const copy = await shared(film, { keepSettings: true, keepPrompt: false });
    expect(await receive(copy)).toEqual({ kind: 'clip', record: wordless, carrier: 'mp4' });
    expect(copy.toString('latin1')).not.toMatch(/secret/);
    expect(mdatOf(copy)).toEqual(mdatOf(film));
    expect(boxesOf(copy).filter(({ type }) => type === 'moov')).toHaveLength(1);
  });

  it('without its settings: nothing about it', async () => {
    const copy = await shared(film, { keepSettings: false, keepPrompt: true });
    expect(await receive(copy)).toEqual({ kind: 'refused', problem: { problem: 'no-settings', carrier: 'mp4' } });
    expect(copy.toString('latin1')).not.toMatch(/secret|reelwright|of the track/);
    expect(mdatOf(copy)).toEqual(mdatOf(film));
    expect(copy.length).toBeLessThanOrEqual(film.length);
  });
});

describe('in the copy without words', () => {
  it('the index of fragments stays before them', async () => {
    const fragment = () => [box('moof', box('mfhd', Buffer.alloc(8))), mdat()];
    const made = Buffer.concat([ftyp, moov(), ...fragment(), ...fragment(), xmp(packet)]);
    const copy = await shared(made, { keepSettings: true, keepPrompt: false });
    expect(boxesOf(copy).map(({ type }) => type)).toEqual(['ftyp', 'moov', 'moof', 'mdat', 'moof', 'mdat', 'uuid']);
    expect(await receive(copy)).toMatchObject({ kind: 'clip', record: wordless });
  });

  const film = Buffer.concat([ftyp, moov(udta(json)), pictures, xmp(packet)]);

  it('either place alone tells the settings', async () => {
    const copy = await shared(film, { keepSettings: true, keepPrompt: false });
    const [index] = boxesOf(copy).filter(({ type }) => type === 'moov');
    const uuid = boxesOf(copy).find(({ type }) => type === 'uuid');
    if (index === undefined || uuid === undefined) throw new Error('a place is missing');
    const udtaAlone = copy.subarray(0, uuid.at);
    const xmpAlone = Buffer.from(copy);
    xmpAlone.fill(0, index.at + 8, index.at + index.size);
    for (const half of [udtaAlone, xmpAlone])
      expect(await receive(half)).toMatchObject({ kind: 'clip', record: wordless });
  });

  it('any record of any length finds its place', () =>
    fc.assert(
      fc.asyncProperty(anyRecord, fc.nat(40), fc.boolean(), async (record, room, first) => {
        const index = moov(udta(asciiJson(record).slice(0, -room || undefined)));
        const made = Buffer.concat(
          first ? [ftyp, index, pictures, xmp(xmpPacket(record))] : [ftyp, pictures, index, xmp(xmpPacket(record))],
        );
        const copy = await shared(made, { keepSettings: true, keepPrompt: false });
        const received = await receive(copy);
        expect(received).toMatchObject({
          kind: 'clip',
          record: { seed: record.seed, preset: { prompt: '', negativePrompt: '' } },
        });
        const uuid = boxesOf(copy).find(({ type }) => type === 'uuid');
        expect(await receive(copy.subarray(0, uuid?.at))).toEqual(received);
        expect(mdatOf(copy)).toEqual(mdatOf(made));
      }),
      { numRuns: 40 },
    ));
});

describe('a copy of a WebM', () => {
  const number = (value: number) => Buffer.from(value.toString(16), 'hex');
  const element = (id: number, ...parts: (Buffer | string)[]) => {
    const data = Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part)));
    const size = Buffer.alloc(8);
    size.writeBigUInt64BE(BigInt(data.length) | (1n << 56n));
    return Buffer.concat([number(id), size, data]);
  };
  const comment = element(0x67_c8, element(0x45_a3, 'COMMENT'), element(0x44_87, json));
  const tags = element(0x12_54_c3_67, element(0x73_73, comment));
  const info = element(0x15_49_a9_66, element(0xbf, 'sums'), element(0x7b_a9, words), element(0x44_89, 'time'));
  const tracks = element(
    0x16_54_ae_6b,
    element(0xae, element(0x53_6e, `${words} `.repeat(30)), element(0x86, 'V_AV1')),
  );
  const cluster = element(0x1f_43_b6_75, 'pictures '.repeat(40));
  const others = [element(0x19_41_a4_69, words), element(0x10_43_a7_70, words), element(0xec, `once ${words}`)];
  const film = (...parts: Buffer[]) =>
    Buffer.concat([element(0x1a_45_df_a3, element(0x42_82, 'webm')), element(0x18_53_80_67, ...parts)]);

  it.each([
    ['before the pictures', film(info, tracks, ...others, tags, cluster)],
    ['behind them', film(info, tracks, cluster, tags, ...others)],
  ])('with its tags %s: with all, without words, without anything', async (_, given) => {
    expect(await receive(given)).toMatchObject({ kind: 'clip', record: secret });
    expect(await shared(given, { keepSettings: true, keepPrompt: true })).toEqual(given);
    const quiet = await shared(given, { keepSettings: true, keepPrompt: false });
    expect(await receive(quiet)).toEqual({ kind: 'clip', record: wordless, carrier: 'webm' });
    const bare = await shared(given, { keepSettings: false, keepPrompt: false });
    expect(await receive(bare)).toEqual({ kind: 'refused', problem: { problem: 'no-settings', carrier: 'webm' } });
    for (const copy of [quiet, bare]) {
      expect(copy.toString('latin1')).not.toMatch(/secret|sums/);
      expect(copy.length).toBe(given.length);
      for (const kept of [cluster, element(0x44_89, 'time'), element(0x86, 'V_AV1')])
        expect(copy.indexOf(kept)).toBe(given.indexOf(kept));
    }
  });

  it('is not made where the end of something is not told', async () => {
    const open = Buffer.concat([number(0x1f_43_b6_75), Buffer.of(0xff), Buffer.from('pictures')]);
    const source = join(folder, 'live.webm');
    await writeFile(source, film(info, tags, open));
    const choice = { keepSettings: false, keepPrompt: false, overwrite: true };
    expect(await shareCopy(source, join(folder, 'never.webm'), choice)).toEqual({
      ...{ kind: 'refused', problem: { problem: 'damaged', carrier: 'webm' } },
    });
  });
});

describe('a copy of a picture', () => {
  it.each(['png', 'webp'] as const)('%s: with all, without words, without anything', async (kind) => {
    const drawn = sharp({ create: { width: 9, height: 7, channels: 3, background: '#864' } }).toFormat(kind);
    const picture = Buffer.from((await withSettings(await drawn.toBuffer(), secret)) ?? '');
    expect(await shared(picture, { keepSettings: true, keepPrompt: true })).toEqual(picture);
    const quiet = await shared(picture, { keepSettings: true, keepPrompt: false });
    expect(await receive(quiet)).toEqual({ kind: 'clip', record: wordless, carrier: kind });
    const bare = await shared(picture, { keepSettings: false, keepPrompt: false });
    expect(await receive(bare)).toEqual({ kind: 'refused', problem: { problem: 'no-settings', carrier: kind } });
    for (const copy of [quiet, bare]) {
      expect(copy.toString('latin1')).not.toContain('secret');
      expect(await sharp(copy).raw().toBuffer()).toEqual(await sharp(picture).raw().toBuffer());
    }
  });
});

describe('in a copy of a picture without words', () => {
  const drawn = sharp({ create: { width: 9, height: 7, channels: 4, background: '#8646' } });
  const without = { keepSettings: false, keepPrompt: false };

  it('there is no chunk that nobody knows, and the colours are what they were', async () => {
    const png = await drawn.clone().keepIccProfile().withIccProfile('p3').png().toBuffer();
    const head = png.subarray(0, 33);
    for (const type of ['caBX', 'prVt', 'tEXt', 'eXIf', 'tIME']) {
      const chunk = Buffer.alloc(12 + words.length);
      chunk.writeUInt32BE(words.length);
      chunk.write(`${type}${words}`, 4, 'latin1');
      chunk.writeUInt32BE(crc32(chunk.subarray(4, -4)), 8 + words.length);
      const copy = await shared(Buffer.concat([head, chunk, png.subarray(33)]), without);
      expect(copy, type).toEqual(png);
    }
    expect((await sharp(png).metadata()).icc).toBeDefined();
  });

  it('of a WebP neither', async () => {
    const webp = await drawn.clone().withIccProfile('p3').webp({ lossless: true }).toBuffer();
    for (const type of ['C2PA', 'prVt', 'EXIF']) {
      const chunk = Buffer.from(`${type}\0\0\0\0${words}${words.length % 2 === 0 ? '' : ' '}`, 'latin1');
      chunk.writeUInt32LE(words.length, 4);
      const given = Buffer.concat([webp, chunk]);
      given.writeUInt32LE(given.length - 8, 4);
      const copy = await shared(given, without);
      expect(copy.toString('latin1'), type).not.toContain(words);
      expect(await sharp(copy).raw().toBuffer()).toEqual(await sharp(webp).raw().toBuffer());
      expect((await sharp(copy).metadata()).icc).toBeDefined();
    }
  });
});

it('in a copy without anything nothing can be read, whatever was done to the file before', async () => {
  const [source, out] = [join(folder, 'mutated'), join(folder, 'bare')];
  const choice = { keepSettings: false, keepPrompt: false, overwrite: true };
  const met = new Set<string>();
  for (const kind of ['mp4', 'png', 'webp', 'webm', 'foreign'] as const) {
    const step = mutatedKinds.length;
    for (let seed = mutatedKinds.indexOf(kind); seed < 40 * step; seed += step) {
      await writeFile(source, mutation(seed).given);
      const copied = await shareCopy(source, out, choice);
      met.add(copied.kind);
      if (copied.kind === 'shared') expect((await receive(await readFile(out))).kind, `seed ${seed}`).toBe('refused');
    }
  }
  expect(met).toEqual(new Set(['shared', 'refused']));
});

describe('a file gets its name', () => {
  const fails = (code: string) => () => Promise.reject(Object.assign(new Error(code), { code }));

  it('where there are no links, and the name is free again when it cannot be put there', async () => {
    const [made, out] = [join(folder, 'made'), join(folder, 'named')];
    await writeFile(made, 'whole');
    const held = { link: fails('ENOTSUP'), rename: fails('EPERM') };
    await expect(publish(made, out, false, held)).rejects.toMatchObject({ code: 'EPERM' });
    expect(await readdir(folder)).not.toContain('named');
    await publish(made, out, false, { link: fails('ENOTSUP'), rename });
    expect(await readFile(out, 'utf8')).toBe('whole');
    await writeFile(made, 'other');
    await expect(publish(made, out, false, { link: fails('ENOTSUP'), rename })).rejects.toMatchObject({
      code: 'EEXIST',
    });
    expect(await readFile(out, 'utf8')).toBe('whole');
    await writeWhole(out, Buffer.from('new'), true);
    expect(await readFile(out, 'utf8')).toBe('new');
    await expect(writeWhole(out, Buffer.from('newer'), false)).rejects.toMatchObject({ code: 'EEXIST' });
    expect((await readdir(folder)).filter((name) => name.endsWith('.part'))).toEqual([]);
  });
});

describe('what is not copied', () => {
  const choice = { keepSettings: false, keepPrompt: false, overwrite: false };

  it('over a file that is there already', async () => {
    const [source, out] = [join(folder, 'a.mp4'), join(folder, 'b.mp4')];
    await writeFile(source, Buffer.concat([ftyp, moov(udta(json)), pictures]));
    await writeFile(out, 'mine');
    await expect(shareCopy(source, out, choice)).rejects.toMatchObject({ code: 'EEXIST' });
    expect(await readFile(out, 'utf8')).toBe('mine');
    expect((await readdir(folder)).filter((name) => name.endsWith('.part'))).toEqual([]);
  });

  it('over itself, by whatever name', async () => {
    const [source, other] = [join(folder, 'self.mp4'), join(folder, 'self-again.mp4')];
    const film = Buffer.concat([ftyp, moov(udta(json)), pictures]);
    await writeFile(source, film);
    await link(source, other);
    for (const name of [source, other]) {
      await expect(shareCopy(source, name, { ...choice, overwrite: true })).rejects.toMatchObject({ code: 'EEXIST' });
    }
    expect(await readFile(source)).toEqual(film);
  });

  it.each<[string, Buffer, object]>([
    [
      'a film whose boxes do not add up',
      Buffer.concat([ftyp, moov(udta(json)), pictures.subarray(0, 90)]),
      { problem: 'damaged', carrier: 'mp4' },
    ],
    ['one without an index', Buffer.concat([ftyp, pictures]), { problem: 'damaged', carrier: 'mp4' }],
    ['a picture that is cut', Buffer.from('89504e470d0a1a0a0000', 'hex'), { problem: 'damaged', carrier: 'png' }],
    ['something else', Buffer.from('not a film at all, only words'), { problem: 'unknown' }],
  ])('%s: the words might still be in it', async (_, film, problem) => {
    const [source, out] = [join(folder, 'c.mp4'), join(folder, 'd.mp4')];
    await writeFile(source, film);
    expect(await shareCopy(source, out, choice)).toEqual({ kind: 'refused', problem });
    expect(await readdir(folder)).not.toContain('d.mp4');
  });

  it('a source that is not there, or into a folder that is not', async () => {
    await expect(shareCopy(join(folder, 'none.mp4'), join(folder, 'e.mp4'), choice)).rejects.toMatchObject({
      code: 'ENOENT',
    });
    const source = join(folder, 'a.mp4');
    await expect(shareCopy(source, join(folder, 'none', 'e.mp4'), choice)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('a read-only source gives a copy that can be written', async () => {
    const source = join(folder, 'read-only.mp4');
    await writeFile(source, Buffer.concat([ftyp, moov(udta(json)), pictures]));
    await chmod(source, 0o444);
    const out = join(folder, 'from-read-only.mp4');
    expect(await shareCopy(source, out, choice)).toEqual({ kind: 'shared' });
    expect((await stat(out)).mode & 0o200).toBe(0o200);
    await writeFile(out, 'again');
  });
});

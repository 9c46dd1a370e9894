import { deflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { presetLimits } from '../../../contract/preset.ts';
import { crc32 } from './bytes.ts';
import { balloon, balloonClip } from './documents.fixture.ts';
import { ftyp, longBox, mdat, moov, udta, xmp } from './films.fixture.ts';
import { field, refusal } from './hostile.fixture.ts';
import { receive } from './index.ts';
import { amplified, pngOf } from './mutations.fixture.ts';
import { withSettings } from './picture.ts';
import { tagsInPng } from './png.ts';
import { bounded, headed, type Source, sourceOf } from './source.ts';
import { tagLimits } from './tags.ts';
import { settingsInXmp } from './xmp.ts';

describe('clips and pictures that lie about themselves', () => {
  const json = JSON.stringify(balloonClip);
  const bare = { problem: 'no-settings', carrier: 'mp4' };
  const sized = (type: string, size: number) => {
    const head = Buffer.alloc(16);
    head.writeUInt32BE(size);
    head.write(type, 4, 'latin1');
    return head;
  };
  it.each<[string, Buffer, object]>([
    ['a box without end', Buffer.concat([ftyp, sized('moov', 0xff_ff_ff_ff), udta(json)]), bare],
    ['a box of no size', Buffer.concat([ftyp, sized('moov', 4), udta(json)]), bare],
    [
      'a long box longer than the world',
      Buffer.concat([ftyp, Buffer.from('00000001', 'hex'), Buffer.from('moov'), Buffer.alloc(8, 0xff), udta(json)]),
      bare,
    ],
    ['an index that is cut', Buffer.concat([ftyp, moov(udta(json))]).subarray(0, 300), bare],
    ['nothing but a beginning', ftyp, bare],
    [
      'ten thousand boxes before it',
      Buffer.concat([ftyp, ...Array<Buffer>(10_000).fill(sized('free', 16)), moov(udta(json))]),
      bare,
    ],
    ['boxes in boxes in boxes', nested(100_000), bare],
    [
      'a packet that is cut',
      Buffer.concat([ftyp, moov(), mdat(), xmp('<x xmlns:r="urn:reelwright:1"><r:settings>{')]),
      bare,
    ],
    [
      'a packet with another document in it',
      Buffer.concat([ftyp, moov(), xmp('<x xmlns:r="urn:reelwright:1"><r:settings>{"a":1}</r:settings>')]),
      bare,
    ],
    [
      'a record with a path',
      Buffer.concat([ftyp, moov(udta(JSON.stringify({ ...balloonClip, file: '/x' })))]),
      field('file', 'unknown'),
    ],
    [
      'a record of a later version',
      Buffer.concat([ftyp, moov(udta(JSON.stringify({ ...balloonClip, version: 3, needs: '3.0' })))]),
      { problem: 'newer', needs: '3.0' },
    ],
    [
      'a record as long as a film',
      Buffer.concat([ftyp, moov(udta(json + ' '.repeat(presetLimits.bytes)))]),
      { problem: 'limit', limit: 'bytes', max: presetLimits.bytes },
    ],
    ...(
      [
        ['a day that no calendar has', { createdAt: Number.MAX_SAFE_INTEGER }, 'createdAt'],
        ['the last second of numbers', { seconds: 1e308 }, 'seconds'],
        ['a phase without end', { phaseSeconds: { denoising: 1e308 } }, 'phaseSeconds'],
        ['the name of a device', { job: 'con' }, 'job'],
      ] as const
    ).map(([name, change, at]): [string, Buffer, object] => [
      name,
      Buffer.concat([ftyp, moov(udta(JSON.stringify({ ...balloonClip, ...change })))]),
      field(at, 'invalid'),
    ]),
  ])('%s', async (_, given, problem) => {
    expect(await refusal(given)).toEqual(problem);
  });

  function nested(depth: number): Buffer {
    const film = Buffer.alloc(ftyp.length + depth * 8);
    ftyp.copy(film);
    for (let level = 0; level < depth; level += 1) {
      film.writeUInt32BE((depth - level) * 8, ftyp.length + level * 8);
      film.write(level % 2 === 0 ? 'moov' : 'udta', ftyp.length + level * 8 + 4, 'latin1');
    }
    return film;
  }

  it('sizes in eight bytes and to the end of the file are read', async () => {
    const long = Buffer.concat([ftyp, longBox('moov', udta(json)), longBox('mdat', Buffer.alloc(9))]);
    const open = Buffer.concat([ftyp, sized('mdat', 0)]);
    expect(await receive(long)).toMatchObject({ kind: 'clip', record: balloonClip });
    expect(await refusal(open)).toEqual(bare);
  });

  it('small pictures that unpack to large texts: no more of them than two mebibytes', async () => {
    for (const text of amplified()) {
      const png = pngOf(Array<Buffer>(64).fill(text));
      expect(png.length).toBeLessThan(120_000);
      const texts = (await tagsInPng(sourceOf(png))).map((tag) => tag.text);
      expect(texts.length).toBeGreaterThan(0);
      expect(texts.reduce((sum, { length }) => sum + length, 0)).toBeLessThanOrEqual(tagLimits.together);
      expect(await refusal(png)).not.toBe('taken');
    }
  });

  it('a packet that is longer than any document is not unescaped', () => {
    const packet = (length: number) =>
      `<x xmlns:r="urn:reelwright:1"><r:settings>${'&#x41;'.repeat(length / 6)}</r:settings>`;
    expect(settingsInXmp(packet(600))).toBe('A'.repeat(100));
    expect(settingsInXmp(packet(3 * presetLimits.bytes))).toBeNull();
  });

  it('the settings behind three broken ones are still found, those behind many are not looked for', async () => {
    const text = (json: string) => Buffer.from(`tEXtcomment\0${json}`, 'latin1');
    const broken = text('{"format":"reelwright-preset","version":');
    const good = text(JSON.stringify(balloon));
    expect(await receive(pngOf([broken, broken, broken, good]))).toMatchObject({ kind: 'preset' });
    expect(await refusal(pngOf([...Array<Buffer>(40).fill(broken), good]))).toMatchObject({ problem: 'damaged' });
  });

  it('twenty thousand empty chunks are not twenty thousand reads', async () => {
    const png = pngOf(Array<Buffer>(20_000).fill(Buffer.from('aaAa')));
    let reads = 0;
    const whole = sourceOf(png);
    const read = (at: number, length: number) => {
      reads += 1;
      return whole.read(at, length);
    };
    expect(await tagsInPng(headed({ ...whole, read }))).toEqual([]);
    expect(reads).toBeLessThan(600);
  });

  it('text in a picture that unpacks to more than there is room for is left alone', async () => {
    const data = Buffer.concat([Buffer.from('zTXtparameters\0\0'), deflateSync(Buffer.alloc(4 * 2 ** 20))]);
    const chunk = Buffer.alloc(data.length + 8);
    chunk.writeUInt32BE(data.length - 4);
    data.copy(chunk, 4);
    chunk.writeUInt32BE(crc32(data), data.length + 4);
    const png = Buffer.concat([Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]), chunk]);
    expect(await refusal(png)).toEqual({ problem: 'no-settings', carrier: 'png' });
    expect(await withSettings(png, balloon)).toBeNull();
  });

  it('of a file that leads on and on, only so much is read', async () => {
    let reads = 0;
    const endless: Source = {
      size: Number.MAX_SAFE_INTEGER,
      read: async (_, length) => {
        reads += 1;
        return new Uint8Array(length).fill(1);
      },
    };
    const few = bounded(endless, { bytes: 1000, reads: 5 });
    for (let at = 0; at < 100; at += 1) await few.read(at, 10);
    expect(reads).toBe(5);
    const little = bounded(endless, { bytes: 1000, reads: 500 });
    expect((await little.read(0, 999)).length).toBe(999);
    expect((await little.read(0, 2)).length).toBe(0);
  });
});

import { deflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { presetLimits } from '../../../contract/preset.ts';
import { crc32 } from './bytes.ts';
import { balloon, webp } from './documents.fixture.ts';
import { bytes, field, refusal } from './hostile.fixture.ts';
import { encodeFile, encodePack, receive } from './index.ts';
import { type Entry, zip } from './zip.ts';

describe('packs that are no packs', () => {
  const preset = (name: string): Entry => ({
    name,
    data: encodeFile({ ...balloon, thumbnail: null }) ?? Buffer.alloc(0),
  });
  const one = preset('preset-001.json');
  const good = Buffer.from(zip([one]));
  const directory = good.readUInt32LE(good.length - 6);
  const pack = (fault: string) => ({ problem: 'pack', fault });
  /** The good pack with some bytes changed, in the directory and in the head before the data. */
  const changed = (change: (pack: Buffer) => void) => {
    const copy = Buffer.from(good);
    change(copy);
    return copy;
  };
  const both = (at: number, value: number) => (copy: Buffer) => {
    copy.writeUInt16LE(value, 4 + at);
    copy.writeUInt16LE(value, directory + 6 + at);
  };
  const stored = (name: string, data: Buffer, claimed: number) => {
    const entry = Buffer.from(zip([{ name, data }]));
    entry.writeUInt32LE(claimed, 22);
    entry.writeUInt32LE(claimed, entry.readUInt32LE(entry.length - 6) + 24);
    return entry;
  };
  /** A zip whose one entry is deflated however well that goes. */
  const bomb = (data: Buffer, claimed: number) => {
    const packed = deflateRawSync(data, { level: 9 });
    const entry = Buffer.from(zip([{ name: one.name, data: packed }]));
    const body = Buffer.concat([entry.subarray(0, 30 + one.name.length), packed]);
    const central = Buffer.from(entry.subarray(entry.readUInt32LE(entry.length - 6), entry.length - 22));
    const end = Buffer.from(entry.subarray(entry.length - 22));
    for (const [head, at] of [
      [body, 4],
      [central, 6],
    ] as const) {
      head.writeUInt16LE(8, at + 4);
      head.writeUInt32LE(crc32(data), at + 10);
      head.writeUInt32LE(packed.length, at + 14);
      head.writeUInt32LE(claimed, at + 18);
    }
    end.writeUInt32LE(body.length, 16);
    return Buffer.concat([body, central, end]);
  };

  it('the one they are made of is good', async () => {
    expect(await receive(good)).toEqual({ kind: 'pack', documents: [{ ...balloon, thumbnail: null }] });
    const text = bytes(JSON.stringify({ ...balloon, thumbnail: null }));
    expect(await refusal(bomb(text, text.length))).toBe('taken');
  });

  it.each<[string, Buffer, object]>([
    ['a way out', Buffer.from(zip([preset('../preset-001.json')])), pack('name')],
    ['an absolute name', Buffer.from(zip([preset('/preset-001.json')])), pack('name')],
    ['a drive', Buffer.from(zip([preset('C:\\preset-001.json')])), pack('name')],
    ['a folder', Buffer.from(zip([preset('a/preset-001.json')])), pack('name')],
    ['a zero in the name', Buffer.from(zip([preset('preset-001.json\0.exe')])), pack('name')],
    ['a program', Buffer.from(zip([one, { name: 'setup.exe', data: Buffer.from('MZ') }])), pack('name')],
    ['a link', Buffer.from(zip([one, { name: 'preset-002', data: Buffer.from('/etc/passwd') }])), pack('name')],
    ['a pack in a pack', Buffer.from(zip([one, { name: 'more.zip', data: good }])), pack('name')],
    ['the same name twice', Buffer.from(zip([one, one])), pack('twice')],
    [
      'a thumbnail of nothing',
      Buffer.from(zip([one, { name: 'thumb-002.webp', data: webp(4, 4) }])),
      pack('thumbnail'),
    ],
    [
      'a thumbnail that is none',
      Buffer.from(zip([one, { name: 'thumb-001.webp', data: Buffer.from('<svg/>') }])),
      pack('thumbnail'),
    ],
    ['thumbnails alone', Buffer.from(zip([{ name: 'thumb-001.webp', data: webp(4, 4) }])), { problem: 'empty' }],
    ['nothing at all', Buffer.from(zip([])), { problem: 'empty' }],
    [
      'too many',
      Buffer.from(zip(Array.from({ length: 129 }, (_, i) => preset(`preset-${String(i).padStart(3, '0')}.json`)))),
      { problem: 'limit', limit: 'presets', max: 128 },
    ],
    [
      'more presets than there may be',
      Buffer.from(zip(Array.from({ length: 65 }, (_, i) => preset(`preset-${String(i).padStart(3, '0')}.json`)))),
      { problem: 'limit', limit: 'presets', max: 64 },
    ],
    [
      'a bad preset among good ones',
      Buffer.from(zip([one, { name: 'preset-002.json', data: bytes({ ...balloon, run: 'x' }) }])),
      field('run', 'unknown'),
    ],
    ['encryption', changed(both(2, 1)), pack('encrypted')],
    ['sizes behind the data', changed(both(2, 8)), pack('disagreement')],
    ['another method', changed(both(4, 12)), pack('method')],
    [
      'a head that disagrees with the directory: method',
      changed((copy) => copy.writeUInt16LE(0, 8)),
      pack('disagreement'),
    ],
    ['the same: size', changed((copy) => copy.writeUInt32LE(7, 22)), pack('disagreement')],
    ['the same: name', changed((copy) => copy.write('preset-002.json', 30)), pack('disagreement')],
    ['another checksum', changed((copy) => both(10, 7)(copy)), { problem: 'damaged', carrier: 'pack' }],
    ['words behind the end', Buffer.concat([good, Buffer.from('more')]), { problem: 'damaged', carrier: 'pack' }],
    [
      'a program before the beginning',
      Buffer.concat([good.subarray(0, 4), Buffer.from('MZ'), good.subarray(4)]),
      pack('disagreement'),
    ],
    ['a comment', changed((copy) => copy.writeUInt16LE(1, copy.length - 2)), pack('disagreement')],
    ['another disk', changed((copy) => copy.writeUInt16LE(1, copy.length - 18)), pack('disagreement')],
    ['entries that overlap', overlapping(), pack('overlap')],
    ['an entry that lies elsewhere', changed((copy) => copy.writeUInt32LE(1, directory + 42)), pack('overlap')],
    ['a gap', gapped(), pack('overlap')],
    [
      'a bomb',
      bomb(Buffer.alloc(8 * 2 ** 20), 8 * 2 ** 20),
      { problem: 'limit', limit: 'unpacked', max: presetLimits.bytes },
    ],
    [
      'a small bomb',
      bomb(Buffer.alloc(presetLimits.bytes), presetLimits.bytes),
      { problem: 'limit', limit: 'unpacked', max: expect.any(Number) },
    ],
    ['a bomb that says it is small', bomb(Buffer.alloc(8 * 2 ** 20), 1000), { problem: 'damaged', carrier: 'pack' }],
    [
      'a size that is not true',
      stored('preset-001.json', Buffer.from('{}'), 3),
      { problem: 'damaged', carrier: 'pack' },
    ],
    ['the first half', good.subarray(0, 200), { problem: 'damaged', carrier: 'pack' }],
    [
      'too many bytes',
      Buffer.concat([good, Buffer.alloc(presetLimits.packBytes)]),
      { problem: 'limit', limit: 'bytes', max: presetLimits.packBytes },
    ],
  ])('%s', async (_, given, problem) => {
    expect(await refusal(given)).toEqual(problem);
  });

  /** Two names for the same data: what the quickest bombs are made of. */
  function overlapping(): Buffer {
    const two = Buffer.from(zip([one, preset('preset-002.json')]));
    const begin = two.readUInt32LE(two.length - 6);
    two.writeUInt32LE(0, begin + 46 + one.name.length + 42);
    return two;
  }

  function gapped(): Buffer {
    const entry = Buffer.concat([good.subarray(0, directory), Buffer.from('hidden'), good.subarray(directory)]);
    entry.writeUInt32LE(directory + 6, entry.length - 6);
    return entry;
  }

  it('and what is written is what is read: a preset too many is not packed', () => {
    expect(encodePack([])).toBeNull();
    expect(encodePack(Array(65).fill(balloon))).toBeNull();
    expect(encodePack(Array(64).fill(balloon))).not.toBeNull();
  });
});

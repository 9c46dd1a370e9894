import { deflateRawSync, deflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { type PresetDocument, presetLimits } from '../../../contract/preset.ts';
import type { ReceiveProblem } from '../../../contract/received.ts';
import { visible } from '../../../contract/visible.ts';
import { crc32 } from './bytes.ts';
import { type Migration, presetIn } from './document.ts';
import { balloon, balloonClip, webp } from './documents.fixture.ts';
import { ftyp, longBox, mdat, moov, udta, xmp } from './films.fixture.ts';
import { encodeFile, encodePack, receive } from './index.ts';
import { withSettings } from './picture.ts';
import { Unreadable } from './unreadable.ts';
import { type Entry, zip } from './zip.ts';

const bytes = (value: unknown) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value), 'utf8');
const refusal = async (given: Uint8Array | string): Promise<ReceiveProblem | 'taken'> => {
  const received = await receive(given);
  return received.kind === 'refused' ? received.problem : 'taken';
};
const field = (name: string, fault: 'unknown' | 'missing' | 'twice' | 'invalid') => ({
  problem: 'field',
  field: name,
  fault,
});

const scripts = [
  '<script>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  'javascript:alert(1)',
  '{{constructor.constructor("return process")()}}',
  '$(rm -rf ~)',
  "'; DROP TABLE clips; --",
  '%s%n\\x00',
  '../../../../etc/passwd',
  'C:\\Windows\\System32\\config',
  '\\\\server\\share\\x',
  'file:///etc/passwd',
  'http://169.254.169.254/latest',
  'CON',
];
const tricks = [
  '\u202egnp.exe',
  'аdmin',
  'Ⅰnvisible\u200b\u200d\ufeff',
  'a\u0000b\u001b[31mred',
  '\u2066x\u2069',
  '\u{e0041}tag',
];

describe('whatever stands in the words of a preset', () => {
  const inEach = (words: string): PresetDocument[] => [
    { ...balloon, name: words },
    { ...balloon, author: words },
    { ...balloon, note: words },
    { ...balloon, prompt: words },
    { ...balloon, negativePrompt: words },
    { ...balloon, tags: [words.slice(0, presetLimits.tag)] },
    { ...balloon, loras: [{ sha256: 'a'.repeat(64), name: words, weight: 1 }] },
  ];

  it.each([...scripts, ...tricks])('%j stays what it is: words, of which none can hide', async (words) => {
    for (const document of inEach(words)) {
      expect(await receive(bytes(document))).toEqual({ kind: 'preset', document, carrier: 'file' });
      expect(visible(JSON.stringify(document))).not.toMatch(/[\p{Cc}\p{Cf}\p{Bidi_Control}]/u);
    }
  });

  it.each([...scripts])('%j is no name of a model', async (words) => {
    expect(await refusal(bytes({ ...balloon, model: words }))).toEqual(field('model', 'invalid'));
    expect(await refusal(bytes({ ...balloon, alternatives: ['paper-world', words] }))).toEqual(
      field('alternatives.1', 'invalid'),
    );
    const job = { ...balloonClip, job: words };
    expect(await refusal(Buffer.concat([ftyp, moov(udta(JSON.stringify(job))), mdat()]))).toEqual(
      field('job', 'invalid'),
    );
  });

  it('half a character is refused, wherever it stands', async () => {
    for (const document of inEach('half \ud800')) {
      expect(await refusal(JSON.stringify(document))).toMatchObject({ problem: 'field', fault: 'invalid' });
    }
  });
});

describe('documents that are something else', () => {
  const { name: _, ...nameless } = balloon;
  it.each<[string, string | object, object]>([
    ['an unknown field', { ...balloon, onload: 'x' }, field('onload', 'unknown')],
    ['a path', { ...balloon, image: '/etc/passwd' }, field('image', 'unknown')],
    ['a plan', { ...balloon, plan: {} }, field('plan', 'unknown')],
    ['an unknown field deep inside', { ...balloon, seed: { kind: 'drawn', url: 'x' } }, field('seed.url', 'unknown')],
    ['a missing field', nameless, field('name', 'missing')],
    ['a number that is too large', { ...balloon, steps: 1e308 }, field('steps', 'invalid')],
    [
      'a number beyond all numbers',
      JSON.stringify(balloon).replace('"steps":16', '"steps":1e999'),
      field('steps', 'invalid'),
    ],
    ['half a step', { ...balloon, steps: 1.5 }, field('steps', 'invalid')],
    ['a number as text', { ...balloon, width: '256' }, field('width', 'invalid')],
    ['a negative seed', { ...balloon, seed: { kind: 'fixed', value: -1 } }, field('seed.value', 'invalid')],
    [
      'a weight without end',
      { ...balloon, loras: [{ sha256: 'a'.repeat(64), name: '', weight: 99 }] },
      field('loras.0.weight', 'invalid'),
    ],
    [
      'a hash that is a path',
      { ...balloon, loras: [{ sha256: '../x', name: '', weight: 1 }] },
      field('loras.0.sha256', 'invalid'),
    ],
    ['too many tags', { ...balloon, tags: Array.from({ length: 13 }, (_, i) => `${i}`) }, field('tags', 'invalid')],
    ['a name that is too long', { ...balloon, name: 'x'.repeat(81) }, field('name', 'invalid')],
    [
      'a thumbnail that is a script',
      { ...balloon, thumbnail: bytes('<svg onload=alert(1)>').toString('base64') },
      field('thumbnail', 'invalid'),
    ],
    [
      'a thumbnail that is an address',
      { ...balloon, thumbnail: 'https://example.com/x.webp' },
      field('thumbnail', 'invalid'),
    ],
    [
      'a thumbnail as large as a wall',
      { ...balloon, thumbnail: webp(16_000, 16_000).toString('base64') },
      field('thumbnail', 'invalid'),
    ],
    [
      'a thumbnail with something behind it',
      { ...balloon, thumbnail: `${webp(16, 10).toString('base64')}AB` },
      field('thumbnail', 'invalid'),
    ],
    ['a prototype', `{"__proto__":{"polluted":1},${JSON.stringify(balloon).slice(1)}`, field('__proto__', 'unknown')],
    [
      'a prototype in escapes',
      `{"\\u005f_proto__":{"polluted":1},${JSON.stringify(balloon).slice(1)}`,
      field('__proto__', 'unknown'),
    ],
    [
      'a constructor',
      `{"constructor":{"prototype":{"polluted":1}},${JSON.stringify(balloon).slice(1)}`,
      field('constructor', 'unknown'),
    ],
    ['a field that stands twice', `{"name":"Good",${JSON.stringify(balloon).slice(1)}`, field('name', 'twice')],
    ['NaN', JSON.stringify(balloon).replace('"steps":16', '"steps":NaN'), { problem: 'damaged', carrier: 'file' }],
    ['a comment', JSON.stringify(balloon).replace('{', '{/**/'), { problem: 'damaged', carrier: 'file' }],
    ['the half of it', JSON.stringify(balloon).slice(0, 200), { problem: 'damaged', carrier: 'file' }],
    [
      'nesting',
      JSON.stringify({ ...balloon, tags: JSON.parse('['.repeat(50) + ']'.repeat(50)) }),
      { problem: 'limit', limit: 'depth', max: 6 },
    ],
    [
      'nesting without end',
      `{"format":"reelwright-preset","tags":${'['.repeat(100_000)}`,
      { problem: 'limit', limit: 'depth', max: 6 },
    ],
    ['a thousand values', { ...balloon, tags: Array(1000).fill('x') }, { problem: 'limit', limit: 'values', max: 400 }],
    [
      'a novel',
      { ...balloon, note: 'x'.repeat(200_000) },
      { problem: 'limit', limit: 'text', max: presetLimits.thumbnail + 2 },
    ],
    [
      'a library',
      { ...balloon, note: 'x'.repeat(300_000) },
      { problem: 'limit', limit: 'bytes', max: presetLimits.bytes },
    ],
    ['another format', { ...balloon, format: 'other-preset' }, { problem: 'unknown' }],
    [
      'a later version',
      { format: 'reelwright-preset', version: 7, needs: '2.1.0', more: [1] },
      { problem: 'newer', needs: '2.1.0' },
    ],
    ['a later version that does not say what it needs', { ...balloon, version: 2 }, { problem: 'newer', needs: null }],
    [
      'a later version that says more than that',
      { ...balloon, version: 2, needs: '<b>9</b>' },
      { problem: 'newer', needs: null },
    ],
    ['a version from before all versions', { ...balloon, version: -3 }, field('version', 'invalid')],
    ['no version', { ...balloon, version: undefined }, field('version', 'missing')],
    ['a version in words', { ...balloon, version: 'two' }, field('version', 'invalid')],
    ['nothing', '', { problem: 'unknown' }],
    ['blanks', ' \n ', { problem: 'empty' }],
    ['a list', [balloon], { problem: 'unknown' }],
    ['prose', 'Dear Ada, the preset is attached.', { problem: 'unknown' }],
    ['a page', '<!doctype html><title>404</title>', { problem: 'unknown' }],
  ])('%s', async (_, given, problem) => {
    const expected = given === '' ? { problem: 'empty' } : problem;
    expect(await refusal(bytes(given))).toEqual(expected);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  it('bytes that are no text, programs, other archives', async () => {
    for (const head of [
      'MZ\x90\x00',
      '\x7fELF\x02',
      '\x1f\x8b\x08',
      '7z\xbc\xaf\x27\x1c',
      'GIF89a\x01\x00',
      '\xff\xd8\xff\xe0',
    ]) {
      expect(await refusal(Buffer.from(`${head}${'\0'.repeat(64)}`, 'latin1'))).toEqual({ problem: 'unknown' });
    }
    expect(await refusal(Buffer.from([0xc3, 0x28, 0x41]))).toEqual({ problem: 'unknown' });
  });
});

describe('older versions', () => {
  const before = { ...balloon, version: 0, title: 'Old name' } as Record<string, unknown>;
  Reflect.deleteProperty(before, 'name');

  it('are brought up to this one, step by step', () => {
    const step = ({ title, ...rest }: Record<string, unknown>) => ({ ...rest, version: 1, name: title });
    expect(presetIn(before, new Map([[0, step]]))).toEqual({ ...balloon, name: 'Old name' });
    const earlier = ({ caption, ...rest }: Record<string, unknown>) => ({ ...rest, version: 0, title: caption });
    const { title: _, ...still } = before;
    const chain = new Map<number, Migration>([
      [-1, earlier],
      [0, step],
    ]);
    expect(presetIn({ ...still, version: -1, caption: 'Older' }, chain)).toEqual({ ...balloon, name: 'Older' });
  });

  it('are checked like all others when they have arrived', () => {
    const careless = ({ title, ...rest }: Record<string, unknown>) => ({ ...rest, version: 1, name: title, extra: 1 });
    expect(() => presetIn(before, new Map([[0, careless]]))).toThrow(Unreadable);
  });

  it('of clips: what the first Reelwright wrote', async () => {
    const old = {
      ...{ reelwright: 1, job: 'tbx1a0c3', model: 'paper-world', prompt: 'a red balloon', negativePrompt: '' },
      ...{ width: 256, height: 160, frames: 17, fps: 8, steps: 16, guidance: 3, scheduler: 'ddim', seed: 7 },
      fromPicture: true,
    };
    expect(await receive(Buffer.concat([ftyp, moov(udta(JSON.stringify(old))), mdat()]))).toMatchObject({
      kind: 'clip',
      record: {
        ...{ job: 'tbx1a0c3', createdAt: null, seed: 7, fromPicture: true, seconds: null, phaseSeconds: {} },
        preset: { name: 'a red balloon', prompt: 'a red balloon', model: 'paper-world', steps: 16 },
      },
    });
    expect(await refusal(JSON.stringify({ ...old, out: '/home/ada/clip.mp4' }))).toEqual(field('out', 'unknown'));
    expect(await refusal(JSON.stringify({ ...old, prompt: 7 }))).toEqual(field('prompt', 'invalid'));
  });
});

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
});

describe('visible', () => {
  it.each([
    ['plain words', 'plain words'],
    ['line\nbreak', 'line\nbreak'],
    ['a\tb\r', 'a⟨U+0009⟩b⟨U+000D⟩'],
    ['\u202egnp.exe', '⟨U+202E⟩gnp.exe'],
    ['zero\u200bwidth', 'zero⟨U+200B⟩width'],
    ['half \ud83c', 'half ⟨U+D83C⟩'],
    ['👩‍🚀 ❤️ 👍🏽', '👩‍🚀 ❤️ 👍🏽'],
    ['x\u200dy', 'x⟨U+200D⟩y'],
    ['\u{e0041}', '⟨U+E0041⟩'],
    ['紙の世界 élan', '紙の世界 élan'],
  ])('%j', (given, shown) => expect(visible(given)).toBe(shown));
});

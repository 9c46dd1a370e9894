import { describe, expect, it } from 'vitest';
import { type PresetDocument, presetLimits } from '../../../contract/preset.ts';
import { visible } from '../../../contract/visible.ts';
import { type Migration, presetIn } from './document.ts';
import { balloon, balloonClip, webp } from './documents.fixture.ts';
import { ftyp, mdat, moov, udta } from './films.fixture.ts';
import { bytes, field, refusal } from './hostile.fixture.ts';
import { receive } from './index.ts';
import { readJson } from './json.ts';
import { Unreadable } from './unreadable.ts';

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
    [
      'a thumbnail with something between its bits',
      { ...balloon, thumbnail: webp(16, 10, 'ab').toString('base64').replace('YWI=', 'YWJ=') },
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
    ['a thousand values', { ...balloon, tags: Array(1000).fill('x') }, { problem: 'limit', limit: 'values', max: 800 }],
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

describe('reading JSON', () => {
  const bounds = { depth: 3, values: 20, text: 50 };
  it.each(['{"a":{"__proto__":1}}', '[{"constructor":1}]', '{"a":1,"prototype" :{}}'])(
    '%s names what no document has',
    (text) => {
      expect(() => readJson(text, bounds)).toThrow(Unreadable);
    },
  );

  it.each(['{"a":"__proto__"}', '["constructor","constructor"]', '{"a":{"b":1},"b":{"a":"x\\"y"}}', '3', '"x"'])(
    '%s is harmless',
    (text) => {
      expect(readJson(text, bounds)).toEqual(JSON.parse(text));
    },
  );
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

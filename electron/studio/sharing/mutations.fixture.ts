import { createHash } from 'node:crypto';
import { deflateRawSync, deflateSync } from 'node:zlib';
import { type Chance, chance } from '../chance.fixture.ts';
import { crc32 } from './bytes.ts';
import { balloon, balloonClip, webp } from './documents.fixture.ts';
import { ftyp, longBox, mdat, moov, quickTime, tagged, udta, xmp } from './films.fixture.ts';
import { encodePack } from './index.ts';
import { asciiJson } from './json.ts';
import { xmpPacket } from './xmp.ts';
import { zip } from './zip.ts';

export const mutatedKinds = ['document', 'link', 'pack', 'mp4', 'png', 'webp', 'webm', 'foreign'] as const;
export type MutatedKind = (typeof mutatedKinds)[number];

/** Number `seed` of the things that nobody made: something good with something done to it. */
export function mutation(seed: number): { kind: MutatedKind; given: Uint8Array | string } {
  const luck = chance(seed);
  const kind = mutatedKinds[seed % mutatedKinds.length] ?? 'document';
  // Half of the time what is inside is changed and the wrapping is sound: else no checksum would let it through.
  const inside = luck.below(2) === 0;
  const json = inside ? changedText(luck, luck.pick(documents)) : luck.pick(documents);
  const wrapped = wrap(kind, json, luck);
  if (inside) return { kind, given: wrapped };
  return { kind, given: typeof wrapped === 'string' ? changedText(luck, wrapped) : changedBytes(luck, wrapped) };
}

const graph =
  '{"3":{"class_type":"KSampler","inputs":{"seed":1,"steps":9,"cfg":2,"positive":["3",0],"negative":["4",0]}}}';
/** What may stand in JSON where a link to another node, or a word, is looked for. */
const anythings = [
  ...['null', '0', '[]', '{}', '[[]]', '[null,0]', '["3"]', '[3,0]', '["__proto__",0]', '{"toString":1}'],
  ...['[{"toString":1},0]', '[{"valueOf":[]},{}]', `[${'['.repeat(20_000)}${']'.repeat(20_000)},0]`],
];
/** A graph that is JSON, and in which anything may be anything. */
const oddGraph = (luck: Chance): string =>
  `{"prompt":${graph.replace(/\["\d",0\]|\d(?=[,}])/g, (part) => (luck.below(3) === 0 ? luck.pick(anythings) : part))}}`;
const parameters = 'a cat\nNegative prompt: dog\nSteps: 20, Sampler: Euler, CFG scale: 7, Seed: 3, Size: 512x512';
const foreign = [
  JSON.stringify({ prompt: graph, workflow: {} }),
  JSON.stringify({ prompt: 'x', resolution: '832x480', num_inference_steps: 4, seed: 2, guidance_scale: 5 }),
  graph,
  parameters,
];
const documents = [
  JSON.stringify(balloon),
  asciiJson(balloonClip),
  JSON.stringify({ ...balloon, version: 2, needs: '9.0' }),
  '{"reelwright":1,"job":"a1","model":"paper-world","prompt":"x","negativePrompt":"","width":256,"height":160,"frames":17,"fps":8,"steps":16,"guidance":3,"scheduler":"ddim","seed":7,"fromPicture":false}',
];

function wrap(kind: MutatedKind, json: string, luck: Chance): Uint8Array | string {
  const packet = xmpPacket(balloon).replace(/(?<=settings>)\{.*\}(?=<)/s, () => json.replace(/[&<>]/g, '?'));
  switch (kind) {
    case 'document':
      return luck.below(4) === 0 ? json : Buffer.from(json);
    case 'link':
      return `${luck.pick(['reelwright://preset/', 'see reelwright-preset:', '> REELWRIGHT://preset/'])}${sealed(json)}`;
    case 'pack':
      return luck.below(3) === 0
        ? (encodePack([balloon, balloon]) ?? Buffer.alloc(0))
        : zip([
            { name: 'preset-001.json', data: Buffer.from(json) },
            { name: 'thumb-001.webp', data: webp(9, 9) },
          ]);
    case 'mp4':
      return Buffer.concat(
        luck.pick([
          () => [ftyp, moov(udta(json)), mdat(), xmp(packet)],
          () => [ftyp, mdat(), moov(quickTime(json))],
          () => [ftyp, moov(tagged({ comment: json, prompt: luck.pick(foreign) })), mdat()],
          () => [ftyp, longBox('moov', udta(json)), longBox('mdat', Buffer.alloc(40))],
          () => [ftyp, xmp(packet), moov(udta(luck.pick(foreign)))],
        ])(),
      );
    case 'png':
      return png(luck, packet);
    case 'webp':
      return riff(chunk('VP8X', Buffer.from('04000000170000f00000', 'hex')), chunk('XMP ', Buffer.from(packet)));
    case 'webm':
      return webm(luck.pick(['COMMENT', 'prompt']), luck.below(2) === 0 ? json : luck.pick(foreign));
    case 'foreign':
      return Buffer.concat([
        ftyp,
        moov(udta(luck.below(4) === 0 ? oddGraph(luck) : changedText(luck, luck.pick(foreign)))),
        mdat(),
      ]);
  }
}

/** A payload whose checksum is right. */
function sealed(json: string): string {
  const packed = deflateRawSync(Buffer.from(json));
  const length = Buffer.alloc(2);
  length.writeUInt16BE(Math.min(packed.length, 0xff_ff));
  const sum = createHash('sha256').update(length).update(packed).digest().subarray(0, 4);
  return Buffer.concat([sum, length, packed]).toString('base64url');
}

/** Little that unpacks to much, and costs more to read than to send. */
export const amplified = keptOnce(() => {
  const mebibyte = (piece: string) => piece.repeat(2 ** 20 / piece.length - 400);
  const asXmp = (inside: string) => xmpPacket(balloon).replace(/(?<=settings>)\{.*\}(?=<)/s, () => inside);
  const broken = `{"format":"reelwright-preset","note":"${'x'.repeat(150_000)}"}`;
  return [asXmp(mebibyte('&#x41;')), asXmp(mebibyte('&amp;')), asXmp(broken), mebibyte(' ')].map((text) =>
    Buffer.concat([Buffer.from('iTXtXML:com.adobe.xmp\0\x01\0\0\0'), deflateSync(Buffer.from(text))]),
  );
});

function keptOnce<Value>(make: () => Value): () => Value {
  let made: Value | undefined;
  return () => (made ??= make());
}

function png(luck: Chance, packet: string): Buffer {
  if (luck.below(16) === 0) return pngOf(Array<Buffer>(1 + luck.below(64)).fill(luck.pick(amplified())));
  const text = luck.pick([
    () => Buffer.from(`iTXtXML:com.adobe.xmp\0\0\0\0\0${packet}`),
    () => Buffer.from(`tEXtparameters\0${luck.pick(foreign)}`, 'latin1'),
    () => Buffer.concat([Buffer.from('zTXtprompt\0\0'), deflateSync(Buffer.from(luck.pick(foreign)))]),
    () => Buffer.concat([Buffer.from('iTXtXML:com.adobe.xmp\0\x01\0\0\0'), deflateSync(Buffer.from(packet))]),
  ])();
  return pngOf([text]);
}

export function pngOf(texts: readonly Buffer[]): Buffer {
  const whole = (data: Buffer) => {
    const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(data.length - 4);
    sum.writeUInt32BE(crc32(data));
    return Buffer.concat([length, data, sum]);
  };
  const head = Buffer.concat([Buffer.from('IHDR'), Buffer.from('00000008000000080802000000', 'hex')]);
  return Buffer.concat([
    Buffer.from('89504e470d0a1a0a', 'hex'),
    ...[head, ...texts, Buffer.from('IDAT12345678'), Buffer.from('IEND')].map(whole),
  ]);
}

function chunk(type: string, data: Buffer): Buffer {
  const head = Buffer.alloc(8);
  head.write(type, 'latin1');
  head.writeUInt32LE(data.length, 4);
  return Buffer.concat([head, data, Buffer.alloc(data.length & 1)]);
}

function riff(...chunks: Buffer[]): Buffer {
  const body = Buffer.concat(chunks);
  const head = Buffer.from('RIFF\0\0\0\0WEBP', 'latin1');
  head.writeUInt32LE(body.length + 4, 4);
  return Buffer.concat([head, body]);
}

/** A Matroska file of one tag. */
export function webm(name: string, text: string, before = Buffer.alloc(0)): Buffer {
  const element = (id: string, data: Buffer) => {
    const size = Buffer.alloc(8);
    size.writeBigUInt64BE(BigInt(data.length) | (1n << 56n));
    return Buffer.concat([Buffer.from(id, 'hex'), size, data]);
  };
  const simple = [element('45a3', Buffer.from(name)), element('4487', Buffer.from(text))];
  const tags = element('1254c367', element('7373', element('67c8', Buffer.concat(simple))));
  const head = element('1a45dfa3', Buffer.from('4282847765626d', 'hex'));
  return Buffer.concat([head, element('18538067', Buffer.concat([before, tags]))]);
}

const extremes = [0, 1, 7, 8, 0x7f, 0xff, 0x7f_ff, 0xff_ff, 0x7f_ff_ff_ff, 0x80_00_00_00, 0xff_ff_ff_fe, 0xff_ff_ff_ff];

function changedBytes(luck: Chance, given: Uint8Array): Buffer {
  let bytes: Buffer = Buffer.from(given);
  for (let times = 1 + luck.below(6); times > 0 && bytes.length > 8; times -= 1) {
    // What stands in front decides most.
    const at = luck.below(luck.below(2) === 0 ? Math.min(128, bytes.length - 4) : bytes.length - 4);
    const length = 1 + luck.below(luck.pick([4, 64, 4096]));
    switch (luck.below(8)) {
      case 0:
        bytes[at] = (bytes[at] ?? 0) ^ (1 << luck.below(8));
        break;
      case 1:
        bytes[at] = luck.below(256);
        break;
      case 2:
        bytes.writeUInt32BE(luck.pick(extremes), at);
        break;
      case 3:
        bytes.writeUInt32LE(luck.pick(extremes), at);
        break;
      case 4:
        bytes = bytes.subarray(0, at + 1);
        break;
      case 5:
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)]);
        break;
      case 6:
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at, at + length), bytes.subarray(at)]);
        break;
      default:
        bytes = repeated(bytes, at, length, 1 + luck.below(200));
    }
  }
  return bytes;
}

/** A piece of it many times over: up to some hundred kilobytes of what once was one head. */
const repeated = (bytes: Buffer, at: number, length: number, times: number): Buffer =>
  Buffer.concat([
    bytes.subarray(0, at),
    ...Array<Buffer>(times).fill(bytes.subarray(at, at + length)),
    bytes.subarray(at),
  ]);

const pieces = [
  ...[
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '"',
    '\\',
    '\\u',
    '\\ud800',
    '\u202e',
    '\u0000',
    '\ud83c',
    '🎈',
    '%',
    '%41',
    '&#x41;',
    '<!--',
  ],
  ...['-1', '1e999', '1e-7', '0.5', '4294967296', 'null', 'true', 'NaN', '""', '[]', '{}', '"__proto__":{"x":1},'],
  ...[
    '"constructor":1,',
    '"version":9,',
    '"name":"x",',
    '[[[[[[[[',
    'reelwright://preset/',
    '\nSteps: 1, ',
    ']]>',
    '</reelwright:settings>',
  ],
];

function changedText(luck: Chance, given: string): string {
  let text = given;
  for (let times = 1 + luck.below(4); times > 0; times -= 1) {
    const at = luck.below(text.length + 1);
    const length = luck.below(luck.pick([2, 16, 200]));
    switch (luck.below(5)) {
      case 0:
        text = text.slice(0, at) + luck.pick(pieces) + text.slice(at);
        break;
      case 1:
        text = text.slice(0, at) + luck.pick(pieces) + text.slice(at + length);
        break;
      case 2:
        text = text.slice(0, at) + text.slice(at + length);
        break;
      case 3:
        text = text.slice(0, at) + text.slice(at, at + length).repeat(luck.pick([2, 50, 1000])) + text.slice(at);
        break;
      default:
        text = luck.below(8) === 0 ? text.slice(0, at) : text.replace(/\d+/, luck.pick(pieces));
    }
  }
  return text;
}

import { createHash, randomBytes } from 'node:crypto';
import { deflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { balloon } from './documents.fixture.ts';
import { encodeLink, encodeText, receive } from './index.ts';

const lineOf = (encoded: ReturnType<typeof encodeLink>) => {
  if (encoded.kind !== 'line') throw new Error('too long');
  return encoded.line;
};
const link = lineOf(encodeLink(balloon));
const text = lineOf(encodeText(balloon));
const expected = (carrier: 'link' | 'text') => ({ kind: 'preset', document: { ...balloon, thumbnail: null }, carrier });
const wrapped = (line: string, width: number, between: string) =>
  line.replace(new RegExp(`.{${width}}`, 'g'), (part) => part + between);

describe('a link or line as it comes out of a chat', () => {
  it.each<[string, (line: string) => string]>([
    ['as it is', (line) => line],
    ['in a sentence', (line) => `try this: ${line}, it is great!`],
    ['at the end of one', (line) => `Here it is ${line}.`],
    ['in angle brackets', (line) => `<${line}>`],
    ['in quotation marks', (line) => `“${line}”`],
    ['in brackets of Markdown', (line) => `[my preset](${line})`],
    ['as code', (line) => `\`\`\`\n${line}\n\`\`\``],
    ['broken into lines', (line) => wrapped(line, 60, '\r\n')],
    ['quoted in a mail', (line) => `> ${wrapped(line, 60, '\n> ')}\n> regards`],
    ['quoted twice', (line) => `>> ${wrapped(line, 50, '\n>> ')}`],
    ['with characters of no width', (line) => wrapped(line, 30, '\u200b')],
    ['with soft hyphens', (line) => wrapped(line, 40, '\u00ad\n')],
    ['with percent signs', (line) => line.replaceAll('/', '%2F').replaceAll(':', '%3A')],
    ['with all of it in percent signs', (line) => [...line].map((c) => `%${c.charCodeAt(0).toString(16)}`).join('')],
    ['in an address of somebody', (line) => `https://chat.example/out?to=${encodeURIComponent(line)}&from=ada`],
    ['followed at once by letters', (line) => `${line} thanks_for-all`],
  ])('%s', async (_, change) => {
    expect(await receive(change(link))).toEqual(expected('link'));
    expect(await receive(change(text))).toEqual(expected('text'));
    expect(await receive(Buffer.from(change(link)))).toEqual(expected('link'));
  });

  it('the scheme in capitals, as some keyboards have it, and without its slashes', async () => {
    expect(await receive(link.replace('reelwright://preset', 'REELWRIGHT://Preset'))).toEqual(expected('link'));
    expect(await receive(link.replace('://', ':/'))).toEqual(expected('link'));
  });

  it('any character that was changed or lost is noticed', () => {
    const payload = link.slice('reelwright://preset/'.length);
    return fc.assert(
      fc.asyncProperty(fc.nat(payload.length - 1), fc.constantFrom('', 'A', 'b', '7', '-'), async (at, other) => {
        fc.pre(payload[at] !== other);
        const changed = `reelwright://preset/${payload.slice(0, at)}${other}${payload.slice(at + 1)}`;
        const received = await receive(changed);
        // The last character has bits to spare.
        if (received.kind === 'refused') expect(received.problem).toEqual({ problem: 'damaged', carrier: 'link' });
        else expect([at, received]).toEqual([payload.length - 1, expected('link')]);
      }),
    );
  });

  it('one that is too long says so, and how much', () => {
    const note = randomBytes(900).toString('hex');
    for (const encode of [encodeLink, encodeText]) {
      const encoded = encode({ ...balloon, note, prompt: randomBytes(1000).toString('hex') });
      expect(encoded).toMatchObject({ kind: 'too-long', max: 2000 });
      if (encoded.kind === 'too-long') expect(encoded.characters).toBeGreaterThan(2000);
    }
    expect(link.length).toBeLessThan(700);
  });

  it('one with a good checksum unpacks to a little, or to nothing', async () => {
    const packed = (data: Buffer) => {
      const body = deflateRawSync(data, { level: 9 });
      const length = Buffer.alloc(2);
      length.writeUInt16BE(body.length);
      const sum = createHash('sha256').update(length).update(body).digest().subarray(0, 4);
      return `reelwright://preset/${Buffer.concat([sum, length, body]).toString('base64url')}`;
    };
    expect(await receive(packed(Buffer.alloc(4 * 2 ** 20)))).toEqual({
      kind: 'refused',
      problem: { problem: 'limit', limit: 'unpacked', max: 128 * 1024 },
    });
    const wrong = packed(Buffer.from('not a document'));
    expect(await receive(wrong)).toMatchObject({ kind: 'refused' });
    expect(await receive(packed(Buffer.from(JSON.stringify({ ...balloon, cmd: 'x' }))))).toEqual({
      kind: 'refused',
      problem: { problem: 'field', field: 'cmd', fault: 'unknown' },
    });
  });

  it.each(['reelwright://preset/', 'reelwright://preset/AAAA', 'reelwright-preset:', 'reelwright://preset/%%%'])(
    '%s says too little',
    async (given) => {
      const carrier = given.includes('//') ? 'link' : 'text';
      expect(await receive(given)).toEqual({ kind: 'refused', problem: { problem: 'damaged', carrier } });
    },
  );

  it('and other addresses are none of ours', async () => {
    for (const given of ['reelwright://open?file=/etc/passwd', 'https://example.com/', 'preset/AAAA']) {
      expect(await receive(given)).toEqual({ kind: 'refused', problem: { problem: 'unknown' } });
    }
  });
});

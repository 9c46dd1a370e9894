import fc from 'fast-check';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import type { PresetDocument } from '../../../contract/preset.ts';
import type { Received } from '../../../contract/received.ts';
import { anyDocument, anyRecord, balloon } from './documents.fixture.ts';
import { ftyp, mdat, moov, quickTime, tagged, udta, xmp } from './films.fixture.ts';
import { encodeFile, encodeLink, encodePack, encodeText, receive } from './index.ts';
import { asciiJson } from './json.ts';
import { withSettings } from './picture.ts';
import { rewrittenPng } from './png.ts';
import { sourceOf } from './source.ts';
import { rewrittenWebp } from './webp.ts';
import { xmpPacket } from './xmp.ts';

const bare = (document: PresetDocument): PresetDocument => ({ ...document, thumbnail: null });
const defined = <Value>(value: Value | null): Value => {
  if (value === null) throw new Error('Nothing came of it.');
  return value;
};
const runs = { numRuns: 150 };

describe('what went into a carrier comes out of it', () => {
  it('a file, with and without the mark of Windows editors', () =>
    fc.assert(
      fc.asyncProperty(anyDocument, fc.boolean(), async (document, marked) => {
        const bytes = defined(encodeFile(document));
        const given = marked ? Buffer.concat([Buffer.from('\ufeff'), bytes]) : bytes;
        expect(await receive(given)).toStrictEqual({ kind: 'preset', document, carrier: 'file' });
      }),
      runs,
    ));

  it.each([
    ['a link', encodeLink, 'link'],
    ['a line of text', encodeText, 'text'],
  ] as const)('%s, where it fits', (_, encode, carrier) =>
    fc.assert(
      fc.asyncProperty(anyDocument, async (document) => {
        const encoded = encode(document);
        if (encoded.kind === 'too-long') return expect(encoded.characters).toBeGreaterThan(encoded.max);
        expect(encoded.line.length).toBeLessThanOrEqual(2000);
        expect(encoded.line).toMatch(/^[\w:/-]+$/);
        expect(await receive(encoded.line)).toStrictEqual({ kind: 'preset', document: bare(document), carrier });
      }),
      runs,
    ),
  );

  it('a pack', () =>
    fc.assert(
      fc.asyncProperty(fc.array(anyDocument, { minLength: 1, maxLength: 6 }), async (documents) => {
        expect(await receive(defined(encodePack(documents)))).toStrictEqual({ kind: 'pack', documents });
      }),
      { numRuns: 60 },
    ));

  const film = (...parts: Uint8Array[]) => Buffer.concat([ftyp, ...parts]);
  it.each<[string, (json: string, packet: string) => Buffer]>([
    ['in udta and XMP', (json, packet) => film(moov(udta(json)), mdat(), xmp(packet))],
    ['in udta alone', (json) => film(moov(udta(json)), mdat())],
    ['in udta behind the pictures', (json) => film(mdat(), moov(udta(json)))],
    ['in XMP alone', (_, packet) => film(moov(), mdat(), xmp(packet))],
    ['in XMP, with udta damaged', (json, packet) => film(moov(udta(json.slice(0, -9))), mdat(), xmp(packet))],
    ['in udta, with XMP damaged', (json, packet) => film(moov(udta(json)), mdat(), xmp(packet.slice(0, -300)))],
    ['under a name of its own', (json) => film(moov(tagged({ encoder: 'Lavf', comment: json })), mdat())],
    [
      'under a name of its own in udta',
      (json) => film(moov(Buffer.concat([boxed(tagged({ comment: json }))])), mdat()),
    ],
    ['as QuickTime has it', (json) => film(moov(quickTime(json)), mdat())],
    ['in udta with blanks behind', (json) => film(moov(udta(`${json}      `)), mdat())],
  ])('a clip, %s', (_, make) =>
    fc.assert(
      fc.asyncProperty(anyRecord, async (record) => {
        const clip = make(asciiJson(record), xmpPacket(record));
        expect(await receive(clip)).toStrictEqual({ kind: 'clip', record, carrier: 'mp4' });
      }),
      { numRuns: 60 },
    ),
  );

  it('a packet that another program has rewritten: another prefix, an attribute, other entities', () =>
    fc.assert(
      fc.asyncProperty(anyRecord, fc.boolean(), async (record, attribute) => {
        const json = asciiJson(record).replace(
          /[&<>"']/g,
          (character) => `&#x${character.charCodeAt(0).toString(16)};`,
        );
        const inner = attribute
          ? `<rdf:Description xmlns:ns1='urn:reelwright:1' ns1:settings="${json}"/>`
          : `<rdf:Description xmlns:ns1='urn:reelwright:1'><ns1:settings>${json}</ns1:settings></rdf:Description>`;
        const clip = Buffer.concat([ftyp, moov(), mdat(), xmp(`<x:xmpmeta>${inner}</x:xmpmeta>`)]);
        expect(await receive(clip)).toStrictEqual({ kind: 'clip', record, carrier: 'mp4' });
      }),
      { numRuns: 60 },
    ));
});

/** `meta` within `udta`. */
function boxed(meta: Buffer): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32BE(meta.length + 8);
  head.write('udta', 4);
  return Buffer.concat([head, meta]);
}

describe('pictures', () => {
  const pictures = new Map<string, Buffer>();
  beforeAll(async () => {
    const drawn = () =>
      sharp({ create: { width: 24, height: 16, channels: 4, background: { r: 9, g: 80, b: 200, alpha: 0.5 } } });
    pictures.set('png', await drawn().png().withMetadata().toBuffer());
    pictures.set('webp', await drawn().flatten().webp({ quality: 80 }).toBuffer());
    pictures.set('webp, lossless', await drawn().webp({ lossless: true }).toBuffer());
    pictures.set('webp, extended', await drawn().webp().withMetadata({ orientation: 1 }).toBuffer());
  });

  it.each(['png', 'webp', 'webp, lossless', 'webp, extended'])(
    '%s: what it carries, and its pixels, are kept',
    async (name) => {
      const picture = defined(pictures.get(name) ?? null);
      const carrier = name === 'png' ? 'png' : 'webp';
      const pixels = await sharp(picture).raw().toBuffer();
      await fc.assert(
        fc.asyncProperty(fc.oneof(anyDocument, anyRecord), async (carried) => {
          const written = defined(await withSettings(picture, carried));
          const expected: Received =
            carried.format === 'reelwright-preset'
              ? { kind: 'preset', document: carried, carrier }
              : { kind: 'clip', record: carried, carrier };
          expect(await receive(written)).toStrictEqual(expected);
        }),
        { numRuns: 40 },
      );
      const written = defined(
        await withSettings(defined(await withSettings(picture, balloon)), { ...balloon, name: 'Second' }),
      );
      expect(await sharp(written).raw().toBuffer()).toEqual(pixels);
      expect(Buffer.from(written).toString('latin1').split('urn:reelwright:1').length, 'only one packet').toBe(2);
      expect(await receive(written)).toMatchObject({ document: { name: 'Second' } });
      // And sharp, which reads it by the standard, finds the packet where it should be.
      expect((await sharp(written).metadata()).xmp?.toString('utf8')).toContain('urn:reelwright:1');

      const rewrite = carrier === 'png' ? rewrittenPng : rewrittenWebp;
      const stripped = defined(await rewrite(sourceOf(written), null));
      expect(await sharp(stripped).raw().toBuffer()).toEqual(pixels);
      expect(await receive(stripped)).toEqual({ kind: 'refused', problem: { problem: 'no-settings', carrier } });
      expect((await sharp(stripped).metadata()).xmp).toBeUndefined();
    },
  );

  it('that are damaged are not written to', async () => {
    for (const picture of pictures.values()) {
      expect(await withSettings(picture.subarray(0, 20), balloon)).toBeNull();
    }
    expect(await withSettings(Buffer.from('GIF89a'), balloon)).toBeNull();
  });
});

import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Refused } from '../refused.ts';
import { Pictures } from './pictures.ts';

const plain = (width: number, height: number) =>
  sharp({ create: { width, height, channels: 3, background: '#336699' } });

describe('a picture that comes in', () => {
  let folder: string;
  let pictures: Pictures;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'reelwright-pictures-'));
    pictures = new Pictures(folder);
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));

  const problemOf = async (bytes: Uint8Array) => {
    const refused = await pictures.add(bytes).then(
      () => null,
      (error: unknown) => error,
    );
    expect(readdirSync(folder)).toEqual([]);
    return refused instanceof Refused ? refused.refusal : refused;
  };

  it('is kept once, by what it shows', async () => {
    const bytes = await plain(40, 30).png().toBuffer();
    const first = await pictures.add(bytes);
    expect(first).toMatchObject({ width: 40, height: 30, changes: [] });
    expect(await pictures.add(bytes)).toEqual(first);
    expect(readdirSync(folder)).toEqual([`${first.id}.png`]);
    expect(await pictures.require(first.id)).toBe(pictures.fileOf(first.id));
  });

  it('is turned upright', async () => {
    const bytes = await plain(40, 30).jpeg().withMetadata({ orientation: 6 }).toBuffer();
    expect(await pictures.add(bytes)).toMatchObject({ width: 30, height: 40, changes: ['turned-upright'] });
  });

  it('loses its transparency', async () => {
    const clear = sharp({ create: { width: 8, height: 8, channels: 4, background: { r: 0, g: 0, b: 0, alpha: 0 } } });
    const { id, changes } = await pictures.add(await clear.png().toBuffer());
    expect(changes).toEqual(['transparency-filled']);
    const { dominant } = await sharp(readFileSync(pictures.fileOf(id))).stats();
    expect(dominant.r).toBeGreaterThan(240);
  });

  it('gives its first frame when it moves', async () => {
    const frames = await Promise.all([plain(16, 16).png().toBuffer(), plain(16, 16).negate().png().toBuffer()]);
    const moving = await sharp(frames, { join: { animated: true } })
      .gif()
      .toBuffer();
    expect(await pictures.add(moving)).toMatchObject({ width: 16, height: 16, changes: ['first-frame-only'] });
  });

  it('is made smaller than anything a model takes', async () => {
    const { width, height, changes } = await pictures.add(await plain(6000, 30).png().toBuffer());
    expect([width, height, changes]).toEqual([4096, 20, ['made-smaller']]);
  });

  it.each<[string, () => Promise<Uint8Array>, string]>([
    ['nothing', async () => new Uint8Array(), 'empty'],
    ['words', async () => Buffer.from('a red balloon'), 'not-a-picture'],
    [
      'a drawing that could fetch',
      async () => Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'),
      'not-a-picture',
    ],
    ['half a picture', async () => (await noise(400, 400)).subarray(0, 50_000), 'cut-short'],
    ['40,000 pixels in a row', async () => plain(40_000, 2).png().toBuffer(), 'too-many-pixels'],
    ['more than 64 MB', async () => new Uint8Array(65 * 2 ** 20), 'too-many-bytes'],
  ])('is refused when it is %s', async (_, bytes, problem) => {
    expect(await problemOf(await bytes())).toEqual({ reason: 'picture', problem });
  });

  it('goes when nothing refers to it', async () => {
    const kept = await pictures.add(await plain(8, 8).png().toBuffer());
    const lost = await pictures.add(await plain(9, 8).png().toBuffer());
    await pictures.tidy(new Set([kept.id]));
    await pictures.require(kept.id);
    await expect(pictures.require(lost.id)).rejects.toThrow(Refused);
  });
});

/** Not compressible, so that half of the bytes are half of the picture. */
function noise(width: number, height: number): Promise<Buffer> {
  const grain = { type: 'gaussian', mean: 128, sigma: 60 } as const;
  return sharp({ create: { width, height, channels: 3, background: '#000', noise: grain } })
    .png()
    .toBuffer();
}

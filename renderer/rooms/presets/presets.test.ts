import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Clip } from '../../../contract/clip.ts';
import { PresetDocument, presetLimits } from '../../../contract/preset.ts';
import { parseTemplate, plainText } from '../../../contract/template.ts';
import { draftFor } from '../create/drafting.ts';
import { modelLike } from '../create/model.fixture.ts';
import { partToLookAt } from './clipHead.ts';
import { colourField } from './colourField.ts';
import { presetLike } from './document.fixture.ts';
import { documentOf, nameFrom, sourceOfClip, sourceOfDraft, tagsIn } from './documentOf.ts';
import { documentOfForeign, saidByForeign } from './foreign.ts';
import { everything, modelsOf, shownPresets, tagsOf } from './shown.ts';

const draft = { ...draftFor(modelLike({})), prompt: 'a red kite', negativePrompt: 'rain', seed: 7 };
const said = { name: ' Kite ', author: '', note: '', tags: ['a'], withPrompt: true, withSeed: false };

describe('a preset of what Create has', () => {
  it('has the words and the seed only if that is wanted', () => {
    const source = sourceOfDraft(draft, null);
    expect(documentOf(source, said)).toMatchObject({ name: 'Kite', prompt: 'a red kite', seed: { kind: 'drawn' } });
    expect(documentOf(source, { ...said, withPrompt: false })).toMatchObject({ prompt: '', negativePrompt: '' });
    expect(documentOf(source, { ...said, withSeed: true }).seed).toEqual({ kind: 'fixed', value: 7 });
    expect(documentOf(sourceOfDraft({ ...draft, seed: null }, null), { ...said, withSeed: true }).seed.kind).toBe(
      'drawn',
    );
    expect(PresetDocument.safeParse(documentOf(source, said)).success).toBe(true);
  });

  it('of a clip has its prompt as it was rendered, braces and all', () => {
    const settings = { ...draft, image: null, prompt: 'a {red} kite', seed: 1 };
    const clip = { id: 'c', model: 'paper-world', settings } as unknown as Clip;
    const { prompt } = documentOf(sourceOfClip(clip), said);
    const parsed = parseTemplate(prompt);
    expect(parsed.kind === 'template' && plainText(parsed.template)).toBe('a {red} kite');
  });

  it('has tags as the document may have them, whatever is typed', () => {
    expect(tagsIn(' sea, ,night，海、sea')).toEqual(['sea', 'night', '海']);
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 500 }), (text) => {
        const tags = tagsIn(text);
        expect(tags.length).toBeLessThanOrEqual(presetLimits.tags);
        expect(PresetDocument.shape.tags.safeParse(tags).success).toBe(true);
      }),
    );
    expect(tagsIn(`${'x'.repeat(presetLimits.tag - 1)}🎈`)).toEqual(['x'.repeat(presetLimits.tag - 1)]);
  });

  it('begins with a name made of the first words', () => {
    expect(nameFrom('a boat\nat night')).toBe('a boat');
    expect(nameFrom('a very long prompt about a boat that sails and sails')).toBe(
      'a very long prompt about a boat that',
    );
    expect([...nameFrom('🎈'.repeat(90))]).toHaveLength(40);
  });
});

describe('what is shown of the presets', () => {
  const presets = [
    presetLike('a', { name: 'Calm sea', tags: ['sea', 'slow'] }),
    presetLike('b', { name: 'Wild Sea', tags: ['sea'], model: 'other', author: 'Zoë' }),
    presetLike('c', { name: 'Hills', tags: [], prompt: 'a balloon' }, { origin: 'received' }),
    presetLike('d', { name: 'Golden', tags: [], alternatives: ['other'] }, { origin: 'golden' }),
  ];
  const name = ({ document }: (typeof presets)[number]) => document.name;
  it.each([
    [{}, 'abcd'],
    [{ search: 'SEA calm' }, 'a'],
    [{ search: 'zoë' }, 'b'],
    [{ search: 'balloon' }, 'c'],
    [{ search: 'slow' }, 'a'],
    [{ origin: 'received' }, 'c'],
    [{ origin: 'golden', search: 'sea' }, ''],
    [{ tag: 'sea' }, 'ab'],
    [{ model: 'other' }, 'bd'],
  ] as const)('%j', (filter, ids) => {
    const shown = shownPresets(presets, { ...everything, ...filter }, name);
    expect(shown.map(({ id }) => id).join('')).toBe(ids);
  });
  it('can be chosen by the tags and models there are, the most used first', () => {
    expect(tagsOf(presets)).toEqual(['sea', 'slow']);
    expect(modelsOf(presets)).toEqual(['paper-world', 'other']);
  });
});

it('a field of colour is always the same for the same words', () => {
  fc.assert(
    fc.property(fc.string(), (words) => {
      const { hues, places } = colourField(words);
      expect(colourField(words)).toEqual({ hues, places });
      for (const hue of hues) expect(hue).toBeGreaterThanOrEqual(0);
      for (const place of places) expect(place).toBeLessThan(100);
    }),
  );
  expect(colourField('one')).not.toEqual(colourField('two'));
});

describe('another program’s settings', () => {
  const nothing = { prompt: null, negativePrompt: null, seed: null, width: null, height: null };
  const settings = { maker: 'comfyui', ...nothing, frames: null, fps: null, steps: 20, guidance: null } as const;
  it('say what they say, and the rest is as it is', () => {
    expect(saidByForeign(settings)).toEqual(['steps']);
    expect(saidByForeign({ ...settings, width: 512 })).toEqual(['steps']);
    expect(saidByForeign({ ...settings, width: 512, height: 512, seed: 3 })).toEqual(['steps', 'seed', 'shape']);
    const document = documentOfForeign({ ...settings, seed: 3 }, draft, 'ComfyUI');
    expect(document).toMatchObject({ steps: 20, width: 256, guidance: 3, seed: { kind: 'fixed', value: 3 } });
    expect(PresetDocument.safeParse(document).success).toBe(true);
  });
});

describe('what is looked at of a clip', () => {
  const box = (type: string, content: string): Uint8Array => {
    const bytes = new Uint8Array(8 + content.length);
    new DataView(bytes.buffer).setUint32(0, bytes.length);
    bytes.set(new TextEncoder().encode(type + content), 4);
    return bytes;
  };
  const file = (...boxes: Uint8Array[]) => new Blob(boxes as Uint8Array<ArrayBuffer>[]);
  const text = async (blob: Blob) => (await partToLookAt(blob)).text();

  it('is everything but its frames', async () => {
    const clip = file(box('ftyp', 'isom'), box('mdat', 'x'.repeat(5000)), box('free', '..'), box('moov', 'words'));
    const part = await text(clip);
    expect(part).toContain('words');
    expect(part).not.toContain('xxxx');
    expect(part).toHaveLength(12 + 13);
  });
  it('is everything but its frames when they are longer than 32 bits say, or go on to the end', async () => {
    const long = box('mdat', `${'\0'.repeat(8)}${'x'.repeat(100)}`);
    new DataView(long.buffer).setUint32(0, 1);
    new DataView(long.buffer).setBigUint64(8, BigInt(long.length));
    expect(await text(file(box('ftyp', 'isom'), long, box('moov', 'words')))).toContain('words');
    const rest = box('mdat', 'xxxx');
    new DataView(rest.buffer).setUint32(0, 0);
    expect(await text(file(box('ftyp', 'isom'), box('moov', 'words'), rest))).not.toContain('xxxx');
  });
  it('is the whole of what is no clip, or is damaged', async () => {
    expect(await text(new Blob(['{"format":"reelwright-preset"}']))).toContain('reelwright-preset');
    expect(await text(new Blob([]))).toBe('');
    const wrong = box('moov', 'words');
    new DataView(wrong.buffer).setUint32(0, 4000);
    expect(await text(file(box('ftyp', 'isom'), wrong))).toContain('words');
  });
  it('never throws', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
        const part = await partToLookAt(new Blob([bytes as Uint8Array<ArrayBuffer>]));
        expect(part.size).toBeLessThanOrEqual(bytes.length);
      }),
    );
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { draftFor } from '../create/drafting.ts';
import { modelLike } from '../create/model.fixture.ts';
import { allowedFrames, allowedSize } from '../create/shape.ts';
import {
  applied,
  chosenWith,
  differing,
  isAsChosen,
  modelFor,
  type PresetField,
  presetFields,
  saidBy,
  wayBack,
} from './apply.ts';
import { documentLike } from './document.fixture.ts';

const words = modelLike({});
const pictures = modelLike({ id: 'paper-world-i2v', task: 'image-to-video' });
const large = modelLike({
  id: 'cogvideox-5b',
  shape: { sideMultiple: 16, framesMultiple: 8, maxFrames: 49 },
  defaults: { width: 720, height: 480, frames: 49, steps: 50, guidance: 6 },
});
const models = [words, pictures, large];
const draft = { ...draftFor(words), prompt: 'a boat', seed: 5 };

describe('what a preset is taken over into', () => {
  it('is its own model, or the first of its alternatives that is here', () => {
    expect(modelFor(documentLike({ model: 'cogvideox-5b' }), models)?.id).toBe('cogvideox-5b');
    const elsewhere = documentLike({ model: 'elsewhere', alternatives: ['nowhere', 'paper-world'] });
    expect(modelFor(elsewhere, models)?.id).toBe('paper-world');
    expect(modelFor(documentLike({ model: 'elsewhere' }), models)).toBeNull();
  });

  it('keeps its words and its seed when the preset says nothing about them', () => {
    const said = saidBy(documentLike());
    expect(said).not.toContain('prompt');
    expect(said).not.toContain('negativePrompt');
    expect(chosenWith(documentLike(), draft)).not.toContain('seed');
  });

  it('gets words by choosing a preset only where there are none', () => {
    const told = documentLike({ prompt: 'a {colour} kite', seed: { kind: 'fixed', value: 9 } });
    expect(chosenWith(told, draft)).not.toContain('prompt');
    const empty = { ...draft, prompt: ' ' };
    const next = applied(empty, told, chosenWith(told, empty), models);
    expect(next).toMatchObject({ prompt: 'a {colour} kite', seed: 9, steps: 8 });
  });

  it('is everything that is said, with a model that can make it', () => {
    const document = documentLike({ ...large.defaults, model: 'cogvideox-5b', prompt: 'x', seed: { kind: 'drawn' } });
    const next = applied(draft, document, saidBy(document), models);
    expect(next).toEqual({ ...draftFor(large), prompt: 'x', seed: null });
  });

  it('is the nearest that the present model can make, when the preset’s model is not taken over', () => {
    const document = documentLike({ model: 'elsewhere', width: 700, height: 470, frames: 49 });
    const next = applied(draft, document, ['model', 'shape', 'frames'], models);
    expect(next).toMatchObject({ model: 'paper-world', width: 704, height: 464, frames: 17 });
  });

  it('loses a picture that the preset’s model does not use', () => {
    const from = { ...draftFor(pictures), picture: 'a'.repeat(64) };
    expect(applied(from, documentLike(), ['model'], models).picture).toBeNull();
    expect(applied(from, documentLike(), ['steps'], models).picture).toBe('a'.repeat(64));
  });
});

const anyDocument = fc
  .record({
    model: fc.constantFrom('paper-world', 'paper-world-i2v', 'cogvideox-5b', 'elsewhere'),
    alternatives: fc.subarray(['paper-world', 'cogvideox-5b']),
    prompt: fc.constantFrom('', 'a kite', 'x {slot}'),
    width: fc.integer({ min: 16, max: 2048 }),
    height: fc.integer({ min: 16, max: 2048 }),
    frames: fc.integer({ min: 1, max: 481 }),
    steps: fc.integer({ min: 1, max: 500 }),
    seed: fc.constantFrom({ kind: 'drawn' } as const, { kind: 'fixed', value: 3 } as const),
  })
  .map((change) => documentLike(change));
const anyFields = fc.subarray([...presetFields]) as fc.Arbitrary<PresetField[]>;

describe('taking over, whatever it is', () => {
  it('gives what a model that is here can make, and changes no other field than asked for but for that', () => {
    fc.assert(
      fc.property(anyDocument, anyFields, (document, fields) => {
        const next = applied(draft, document, fields, models);
        const model = models.find(({ id }) => id === next.model);
        expect(model).toBeDefined();
        if (!model) return;
        expect(allowedSize(model, next)).toEqual({ width: next.width, height: next.height });
        expect(allowedFrames(model, next.frames)).toBe(next.frames);
        const shaped: PresetField[] = fields.includes('model') ? ['shape', 'frames'] : [];
        for (const field of differing(draft, next)) expect([...fields, ...shaped]).toContain(field);
      }),
    );
  });

  it('can be taken back, whatever is written meanwhile elsewhere', () => {
    fc.assert(
      fc.property(anyDocument, anyFields, (document, fields) => {
        const next = applied(draft, document, fields, models);
        expect({ ...next, ...wayBack(draft, next) }).toEqual(draft);
        if (fields.includes('prompt')) return;
        const written = { ...next, prompt: 'written since' };
        expect({ ...written, ...wayBack(draft, next) }).toEqual({ ...draft, prompt: 'written since' });
      }),
    );
  });

  it('twice is the same as once, and then Create is as the preset is', () => {
    fc.assert(
      fc.property(anyDocument, (document) => {
        const fields = chosenWith(document, draft);
        const once = applied(draft, document, fields, models);
        expect(applied(once, document, fields, models)).toEqual(once);
        expect(isAsChosen(once, document, models)).toBe(true);
        expect(isAsChosen({ ...once, guidance: 7.5 }, document, models)).toBe(false);
      }),
    );
  });
});

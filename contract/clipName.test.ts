import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clipName, type NamedClip, safeFileName, unknownWords } from './clipName.ts';

const clip: NamedClip = {
  ...{ prompt: 'A red balloon, rising over green hills!', model: 'paper-world', seed: 8423 },
  at: new Date(2026, 10, 22, 9, 5, 7),
};

describe('names of clips', () => {
  it.each([
    ['{prompt}', 1, 'a-red-balloon-rising-over-green-hills'],
    ['{prompt}', 3, 'a-red-balloon-rising-over-green-hills-3'],
    ['{date} {time} {model} {seed}', 1, '2026-11-22 09-05-07 paper-world 8423'],
    ['take {n}', 12, 'take 12'],
    ['{date}/{seed}', 1, '2026-11-22 8423'],
    ['{colour} {seed}', 1, '{colour} 8423'],
    ['  ', 1, 'clip'],
    ['con', 1, '_con'],
    ['COM1.{seed}', 1, '_COM1.8423'],
    ['...', 2, 'clip-2'],
  ])('%s, number %i', (pattern, n, name) => expect(clipName(pattern, clip, n)).toBe(name));

  it('are others for other numbers, however long they are', () => {
    const part = fc.constantFrom('{prompt}', '{model}', '{n}', '{seed}', ' ', '-', '{date}', '雲'.repeat(30));
    const number = fc.integer({ min: 1, max: 20_000 });
    const prompt = fc.constantFrom('a ball', '山'.repeat(70), 'words '.repeat(40));
    fc.assert(
      fc.property(fc.array(part, { maxLength: 8 }), prompt, number, number, (parts, words, n, m) => {
        const name = (each: number) => clipName(parts.join(''), { ...clip, prompt: words }, each);
        expect(name(n) === name(m)).toBe(n === m);
      }),
    );
  });

  it('say which words nobody knows', () => {
    expect(unknownWords('{date} {colour}{} {n}')).toEqual(['colour', '']);
  });

  it('are such that every system takes them', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.string()), fc.string(), (text, prompt) => {
        for (const name of [safeFileName(text), clipName(text, { ...clip, prompt }, 2)]) {
          expect(new TextEncoder().encode(name).length).toBeLessThanOrEqual(160);
          expect(name).not.toMatch(/[<>:"/\\|?*\p{Cc}]|^[\s.]|[\s.]$|^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/iu);
          expect(name).toBe(name.replace(/\p{Surrogate}/gu, ''));
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('are the same when they are made safe again', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const once = safeFileName(text);
        expect(safeFileName(once)).toBe(once);
      }),
    );
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  asTemplate,
  countOf,
  expand,
  isPlain,
  missingOf,
  parseTemplate,
  promptAt,
  type Template,
  type Values,
} from './template.ts';

const none: Values = { slots: {}, wildcards: {} };
function read(text: string): Template {
  const parsed = parseTemplate(text);
  if (parsed.kind === 'problem') throw new Error(`${parsed.problem.kind} at ${parsed.problem.at}`);
  return parsed.template;
}
const all = (text: string, values: Values = none, seed = 1) => [...expand(read(text), values, seed, 10_000)];

describe('a template', () => {
  it('stands for every combination of its lists, the last changing fastest', () => {
    expect(all('a {red|blue} {ball|kite} at sea')).toEqual([
      'a red ball at sea',
      'a red kite at sea',
      'a blue ball at sea',
      'a blue kite at sea',
    ]);
    expect(all('{a {small | large} ball|a kite|}, by day')).toEqual([
      'a small ball, by day',
      'a large ball, by day',
      'a kite, by day',
      ', by day',
    ]);
  });

  it('is filled in by name, with the same value wherever the name stands', () => {
    const values: Values = { ...none, slots: { subject: ['a cat', 'a dog'] } };
    expect(all('{subject} looks at {subject} {by day|by night}', values)).toEqual([
      'a cat looks at a cat by day',
      'a cat looks at a cat by night',
      'a dog looks at a dog by day',
      'a dog looks at a dog by night',
    ]);
    const template = read('{subject} and {place}, __animal__');
    expect(missingOf(template, values)).toEqual({ slots: ['place'], wildcards: ['animal'] });
    expect(promptAt(template, values, 1, 0)).toBe('a dog and {place}, __animal__');
  });

  it('draws wildcards by the seed, each for itself', () => {
    const values: Values = { ...none, wildcards: { animal: Array.from({ length: 100 }, (_, at) => `animal ${at}`) } };
    const drawn = (seed: number) => promptAt(read('__animal__ __animal__'), values, 0, seed);
    expect(drawn(7)).toBe(drawn(7));
    expect(new Set(Array.from({ length: 50 }, (_, seed) => drawn(seed))).size).toBeGreaterThan(45);
    expect(drawn(7)).not.toMatch(/^(animal \d+) \1$/);
  });

  it('takes names of objects as names', () => {
    expect(all('{constructor} __toString__', none)).toEqual(['{constructor} __toString__']);
    expect(missingOf(read('{constructor}'), none).slots).toEqual(['constructor']);
  });

  it.each([
    ['a {red|blue', 'unclosed', 2],
    ['a {red|{blue|x}', 'unclosed', 2],
    ['a red} ball', 'unopened', 5],
    ['a {} ball', 'empty', 2],
    ['a {red ball}', 'slot-name', 2],
    ['a {red|{name}}', 'slot-in-list', 7],
    ['{a|'.repeat(9), 'too-deep', 24],
  ] as const)('%s is refused: %s at %i', (text, kind, at) =>
    expect(parseTemplate(text)).toEqual({ kind: 'problem', problem: { kind, at } }),
  );

  it('leaves what is escaped, and what is no template', () => {
    expect(all('\\{a\\|b\\} \\\\ \\__x__ C:\\new a|b a_b __ ____')).toEqual(['{a|b} \\ __x__ C:\\new a|b a_b __ ____']);
    expect(isPlain(read('C:\\new a|b'))).toBe(true);
    expect(isPlain(read('{a|b}'))).toBe(false);
  });

  it('of any text, escaped, stands for just this text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => void expect(all(asTemplate(text))).toEqual([text.trim()])),
    );
    const crowded = fc.string({ unit: fc.constantFrom('{', '}', '|', '_', '\\', 'a', ' ') });
    fc.assert(fc.property(crowded, (text) => void expect(all(asTemplate(text))).toEqual([text.trim()])));
  });

  it('is read or refused at a place inside, whatever it is', () => {
    const crowded = fc.string({ unit: fc.constantFrom('{', '}', '|', '__', '\\', 'a', ' '), maxLength: 60 });
    fc.assert(
      fc.property(crowded, (text) => {
        const parsed = parseTemplate(text);
        if (parsed.kind === 'problem') expect(parsed.problem.at).toBeLessThan(text.length);
        else expect(countOf(parsed.template, none)).toBeGreaterThanOrEqual(1);
      }),
    );
  });

  it('is counted as it is expanded, and expanded to different prompts', () => {
    let number = 0;
    const word = fc.constant(null).map(() => `w${number++}`);
    const { tree } = fc.letrec<{ tree: string; list: string }>((tie) => ({
      tree: fc
        .array(fc.oneof({ maxDepth: 3 }, word, tie('list')), { minLength: 1, maxLength: 3 })
        .map((all) => all.join(' ')),
      list: fc.array(tie('tree'), { minLength: 2, maxLength: 3 }).map((all) => `{${all.join('|')}}`),
    }));
    fc.assert(
      fc.property(tree, (text) => {
        const template = read(text);
        const prompts = [...expand(template, none, 1, 2000)];
        expect(prompts).toHaveLength(Math.min(2000, countOf(template, none)));
        expect(new Set(prompts).size).toBe(prompts.length);
      }),
    );
  });

  it('of more combinations than there is room for is counted and begun, not written out', () => {
    const template = read('{a|b|c|d|e|f|g|h}'.repeat(40));
    expect(countOf(template, none)).toBe(8 ** 40);
    expect([...expand(template, none, 1, 3)]).toHaveLength(3);
  });
});

import { describe, expect, it } from 'vitest';
import type { Several } from '../../../contract/batch.ts';
import type { Draft } from '../../../contract/draft.ts';
import { readSeeds, wantedOf } from './several.ts';

const draft: Draft = {
  ...{ model: 'paper-world', picture: null, prompt: '', negativePrompt: '', width: 96, height: 64, frames: 17, fps: 8 },
  ...{ steps: 8, guidance: 3, scheduler: 'ddim', seed: null },
};
const one: Several = { many: false, count: 1, seeds: '', slots: {} };
const many: Several = { ...one, many: true };
const wanted = (prompt: string, several = one, change: Partial<Draft> = {}) =>
  wantedOf({ ...draft, ...change, prompt }, several, { animal: ['cat', 'dog'] });

describe('what is added', () => {
  it('is one clip for a prompt that stands for itself, however it is written', () => {
    expect(wanted('a red ball\nby day')).toMatchObject({ kind: 'one', draft: { prompt: 'a red ball\nby day' } });
    expect(wanted('a \\{red\\} ball')).toMatchObject({ kind: 'one', draft: { prompt: 'a {red} ball' } });
  });

  it('is as many as its lists have combinations', () => {
    const list = wanted('a {red|blue} {ball|kite}\nby day');
    expect(list).toMatchObject({ kind: 'several', count: 4, problem: null });
    expect(list.kind === 'several' && list.first[3]).toBe('a blue kite by day');
  });

  it('is one a line, each as often as asked, with seeds drawn, kept or named', () => {
    const text = 'a ball\n\na {red|blue} kite\n';
    expect(wanted(text, { ...many, count: 3 })).toMatchObject({
      count: 9,
      batch: { seeds: { kind: 'drawn', count: 3 } },
    });
    expect(wanted(text, { ...many, count: 2 }, { seed: 7 })).toMatchObject({ batch: { seeds: { seeds: [7, 8] } } });
    expect(wanted(text, { ...many, seeds: '1, 5-6' })).toMatchObject({
      count: 9,
      batch: { seeds: { seeds: [1, 5, 6] } },
    });
    expect(wanted(text, { ...many, seeds: 'x' })).toMatchObject({ problem: { kind: 'seeds' } });
  });

  it('asks for what is missing', () => {
    expect(wanted('{subject} by day')).toMatchObject({
      slots: ['subject'],
      problem: { kind: 'slot', name: 'subject' },
    });
    const filled = wanted('{subject} by day', { ...one, slots: { subject: ' a cat | a dog |' } });
    expect(filled).toMatchObject({ count: 2, problem: null, first: ['a cat by day', 'a dog by day'] });
    expect(wanted('{constructor}')).toMatchObject({ problem: { kind: 'slot' } });
    expect(wanted('__bird__')).toMatchObject({ problem: { kind: 'wildcard', name: 'bird' } });
    expect(wanted('an __animal__')).toMatchObject({ count: 1, problem: null });
    expect(wanted('a {red|blue')).toMatchObject({ problem: { kind: 'template', line: 1, problem: { at: 2 } } });
    expect(wanted(' ', many)).toMatchObject({ problem: { kind: 'nothing' } });
    expect(wanted('{a|b|c|d|e|f|g|h|i|j}'.repeat(5))).toMatchObject({ problem: { kind: 'too-many', count: 100_000 } });
  });
});

describe('seeds', () => {
  it.each([
    ['', []],
    ['7', [7]],
    ['7, 9;11 13', [7, 9, 11, 13]],
    ['20–22 4', [20, 21, 22, 4]],
    ['9-7', null],
    ['1-99999', null],
    ['4294967296', null],
    ['-3', null],
  ])('%s', (text, seeds) => expect(readSeeds(text)).toEqual(seeds));
});

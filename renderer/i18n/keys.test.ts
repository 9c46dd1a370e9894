import { describe, expect, it } from 'vitest';
import { resources } from './index.ts';

type Tree = { readonly [key: string]: string | Tree };

const places = (tree: Tree, under = ''): Map<string, string> =>
  new Map(
    Object.entries(tree).flatMap(([key, value]) =>
      typeof value === 'string' ? [[under + key, value] as const] : [...places(value, `${under}${key}.`)],
    ),
  );
const holes = (text: string): string[] => [...text.matchAll(/\{\{(\w+)\}\}/g)].map(([, name]) => name ?? '').sort();

describe('what is said in both languages', () => {
  it.each(Object.keys(resources.en) as (keyof typeof resources.en)[])('%s', (namespace) => {
    const english = places(resources.en[namespace] as Tree);
    const chinese = places(resources['zh-CN'][namespace] as Tree);
    for (const [key, text] of chinese) {
      expect(text.trim(), key).not.toBe('');
      // The same figures go into both.
      expect(holes(text), key).toEqual(holes(english.get(key) ?? ''));
    }
    const needed = [...english.keys()].filter((key) => !key.endsWith('_one'));
    expect([...chinese.keys()].sort()).toEqual(needed.sort());
  });
});

import { describe, expect, it } from 'vitest';
import { visible } from './visible.ts';

describe('visible', () => {
  it.each([
    ['plain words', 'plain words'],
    ['line\nbreak', 'line\nbreak'],
    ['a\tb\r', 'a⟨U+0009⟩b⟨U+000D⟩'],
    ['\u202egnp.exe', '⟨U+202E⟩gnp.exe'],
    ['zero\u200bwidth', 'zero⟨U+200B⟩width'],
    ['half \ud83c', 'half ⟨U+D83C⟩'],
    ['👩‍🚀 ❤️ 👍🏽', '👩‍🚀 ❤️ 👍🏽'],
    ['x\u200dy', 'x⟨U+200D⟩y'],
    ['\u{e0041}', '⟨U+E0041⟩'],
    ['紙の世界 élan', '紙の世界 élan'],
  ])('%j', (given, shown) => expect(visible(given)).toBe(shown));
});

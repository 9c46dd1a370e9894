import { beforeAll, expect, it, vi } from 'vitest';
import { speak, startWords } from './index.ts';
import { reasonWords } from './reason.ts';
import type { Language } from './words.ts';

beforeAll(() => {
  vi.stubGlobal('document', { documentElement: {} });
  startWords('en');
});

it.each<[Language, number | null, number, string]>([
  ['en', 64, 0, 'Frames are decoded in slabs of 64 rows, without seams.'],
  ['en', null, 0, 'Frames are decoded in one piece.'],
  ['en', null, 2 ** 30, 'Frames are decoded in one piece; 1.0 GB of it wait in memory.'],
  ['zh-CN', 64, 0, '画面按 64 行的条带解码，没有接缝。'],
  ['zh-CN', null, 0, '画面整体解码，不分条带。'],
  ['zh-CN', null, 2 ** 30, '画面整体解码，不分条带，其中 1.0 GB 暂存在内存里。'],
])('how frames are decoded, in %s: %s rows, %d bytes away', (language, rows, hostBytes, sentence) => {
  speak(language);
  expect(reasonWords({ kind: 'slabs', rows, hostBytes })).toBe(sentence);
});

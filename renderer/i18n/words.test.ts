import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { figuresOf } from './words.ts';

const en = figuresOf('en');
const zh = figuresOf('zh-CN');

describe('durations', () => {
  it.each([
    [0, '0 s', '0 秒'],
    [4.4, '4 s', '4 秒'],
    [80, '1 min 20 s', '1 分 20 秒'],
    [120, '2 min', '2 分钟'],
    [3600 + 65, '1 h 1 min', '1 小时 1 分'],
    [2 * 86_400 + 3600, '2 d 1 h', '2 天 1 小时'],
  ])('of %d s', (seconds, english, chinese) => {
    expect(en.duration(seconds)).toBe(english);
    expect(zh.duration(seconds)).toBe(chinese);
  });
});

describe('guesses', () => {
  it.each([
    [0.2, 'about 1 s'],
    [7.4, 'about 7 s'],
    [33, 'about 35 s'],
    [59, 'about 1 min'],
    [218, 'about 3 min 40 s'],
    [3000, 'about 50 min'],
    [7250, 'about 2 h'],
  ])('of %d s', (seconds, words) => {
    expect(en.about(seconds)).toBe(words);
  });

  it('are said in Chinese as one says them there', () => {
    expect(zh.about(218)).toBe('约 3 分 40 秒');
    expect(zh.about(60)).toBe('约 1 分钟');
  });

  it('never have more than two parts', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1e7, noNaN: true }), (seconds) => {
        expect(en.about(seconds).match(/\d+ (s|min|h|d)/g)?.length).toBeLessThanOrEqual(2);
      }),
    );
  });
});

describe('bytes', () => {
  it.each([
    [0, '0 B'],
    [1023, '1,023 B'],
    [8.48e9, '7.9 GB'],
    [1024 ** 3 - 1, '1.0 GB'],
    [412 * 2 ** 30, '412 GB'],
    [5.3 * 2 ** 20, '5.3 MB'],
  ])('%d', (value, words) => {
    expect(en.bytes(value)).toBe(words);
  });
});

describe('measured seconds', () => {
  it('have a decimal while they are few', () => {
    expect([en.seconds(0.42), en.seconds(2.06), en.seconds(14.4)]).toEqual(['0.4 s', '2.1 s', '14 s']);
    expect([en.seconds(81), zh.seconds(3700)]).toEqual(['1 min 21 s', '1 小时 1 分']);
  });
});

describe('moments', () => {
  const now = new Date(2026, 10, 22, 18, 0).getTime();

  it('are as exact as they are near', () => {
    expect(en.moment(new Date(2026, 10, 22, 9, 5).getTime(), now)).toBe('09:05');
    expect(en.moment(new Date(2026, 10, 19, 9, 5).getTime(), now)).toMatch(/^Thu/);
    expect(en.moment(new Date(2026, 2, 4).getTime(), now)).toBe('Mar 4');
    expect(en.moment(new Date(2025, 2, 4).getTime(), now)).toBe('Mar 4, 2025');
  });
});

import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { batched } from './batched.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('hands on the first at once and the rest together, in order', () => {
  const taken: (readonly number[])[] = [];
  const push = batched<number>(100, (items) => taken.push(items));
  for (const item of [1, 2, 3]) push(item);
  expect(taken).toEqual([[1]]);
  vi.advanceTimersByTime(100);
  expect(taken).toEqual([[1], [2, 3]]);
  push(4);
  expect(taken).toHaveLength(2);
  vi.advanceTimersByTime(100);
  expect(taken).toEqual([[1], [2, 3], [4]]);
  vi.advanceTimersByTime(100);
  push(5);
  expect(taken.at(-1)).toEqual([5]);
  expect(vi.getTimerCount()).toBe(1);
  vi.runAllTimers();
  expect(taken).toHaveLength(4);
});

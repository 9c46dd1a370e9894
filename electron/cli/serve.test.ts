import { expect, it } from 'vitest';
import { listenSentences, mayBeAnother } from './serve.ts';

it.each([
  ['EADDRINUSE', null, true],
  ['EACCES', null, true],
  ['EADDRINUSE', 4317, false],
  ['EACCES', 4317, false],
  ['EADDRNOTAVAIL', null, false],
  [undefined, null, false],
])('after %s, asked for %s, another port is tried: %s', (code, asked, another) => {
  expect(mayBeAnother(code, asked)).toBe(another);
});

it.each([
  [80, 'This account may not listen on port 80. Choose one above 1023 with --port.'],
  [4317, 'The system keeps port 4317 for itself. Choose another with --port, or leave it out.'],
])('%d that may not be listened on is refused in words', (port, sentence) => {
  expect(listenSentences('127.0.0.1', port)['EACCES']).toBe(sentence);
});

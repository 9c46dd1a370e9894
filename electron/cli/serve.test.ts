import { expect, it } from 'vitest';
import { interruptedSentence, listenSentences, mayBeAnother } from './serve.ts';

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

it('promises of the clip that is being made only what becomes of it', () => {
  const failure = { cause: 'hang', phase: 'denoising', seconds: 7, detail: '' } as const;
  expect(interruptedSentence({ kind: 'denoising', step: 3, of: 8 })).toMatch(/stops at its next step/);
  expect(interruptedSentence({ kind: 'recovering', attempt: 2, failure })).toMatch(/goes on at the next start/);
  // What has all its frames is written whatever is asked for meanwhile.
  expect(interruptedSentence({ kind: 'finishing' })).toMatch(/is finished first/);
});

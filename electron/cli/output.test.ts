import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { about, duration, jsonOutput, textOutput } from './output.ts';

describe('durations', () => {
  it.each([
    [0.2, '0 s'],
    [59.4, '59 s'],
    [60, '1 min'],
    [80, '1 min 20 s'],
    [3600, '1 h 0 min'],
    [7500, '2 h 5 min'],
  ])('says %d s as "%s"', (seconds, words) => expect(duration(seconds)).toBe(words));
});

it.each([
  [0.2, 'about 1 s'],
  [13, 'about 15 s'],
  [83, 'about 1 min 20 s'],
  [1867, 'about 31 min'],
  [7400, 'about 2 h 5 min'],
])('what is foretold as %d s is told as "%s"', (seconds, words) => expect(about(seconds)).toBe(words));

const step = (n: number) =>
  ({ type: 'step', phase: 'denoising', step: n, of: 4, seconds: 0.5, cached: false, secondsLeft: 3 }) as const;

describe('where news go', () => {
  it('is one JSON object a line for programs', () => {
    let written = '';
    const output = jsonOutput((text) => {
      written += text;
    });
    output.event(step(1));
    output.result('words', { a: 1 });
    expect(
      written
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual([step(1), { a: 1 }]);
  });

  it('is a line for the end of a count in a log, and the file alone on standard output', () => {
    let written = '';
    const log = new PassThrough();
    const output = textOutput(
      (text) => {
        written += text;
      },
      log as unknown as NodeJS.WriteStream,
    );
    for (const n of [1, 2, 3, 4]) output.event(step(n));
    output.event({
      type: 'done',
      job: 'j',
      file: '/a.mp4',
      seconds: 3,
      width: 16,
      height: 16,
      frames: 8,
      fps: 8,
      seed: 1,
      shortcut: null,
      phaseSeconds: {},
    });
    expect(written).toBe('/a.mp4\n');
    const lines = String(log.read()).trimEnd().split('\n');
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatch(/Denoising █+ 4\/4, 0.50 s a step, about 3 s left/);
    expect(lines[1]).toBe('Done in 3 s: 16x16, 8 frames, 1.0 s, seed 1.');
  });
});

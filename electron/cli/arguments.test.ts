import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { limits } from '../../contract/render.ts';
import { parseCommand } from './arguments.ts';

const folder = process.platform === 'win32' ? 'C:\\here' : '/here';
const here = (name: string) => (process.platform === 'win32' ? `C:\\here\\${name}` : `/here/${name}`);
const sentence = (...args: string[]) => {
  const parsed = parseCommand(args, folder);
  return parsed.kind === 'wrong' ? parsed.sentence : parsed.command;
};

describe('the command line', () => {
  it('reads a whole generate command', () => {
    const args =
      'generate --prompt=hello --negative rain --width 256 --guidance 3.5 --scheduler dpm --seed 7 --vram 6.5 --out a.mp4 --json';
    expect(parseCommand(args.split(' '), folder)).toMatchObject({
      kind: 'command',
      command: {
        kind: 'generate',
        prompt: 'hello',
        negativePrompt: 'rain',
        width: 256,
        guidance: 3.5,
        scheduler: 'dpm',
        seed: 7,
        memoryLimit: 6.5 * 2 ** 30,
        json: true,
      },
    });
  });

  it('reads the shortcut that is chosen', () => {
    const given = ['generate', '--prompt', 'x'];
    expect(parseCommand(given, folder)).toMatchObject({ command: { shortcut: null } });
    expect(parseCommand([...given, '--shortcut', 'cached-steps'], folder)).toMatchObject({
      command: { shortcut: 'cached-steps' },
    });
    expect(sentence(...given, '--shortcut', 'magic')).toMatch(
      /^--shortcut takes cached-steps or .*; you gave "magic"\.$/,
    );
  });

  it('reads who decides about failures', () => {
    const given = ['generate', '--prompt', 'x'];
    expect(parseCommand(given, folder)).toMatchObject({ command: { recover: 'auto' } });
    expect(parseCommand([...given, '--recover', 'never'], folder)).toMatchObject({ command: { recover: 'never' } });
    expect(parseCommand(['jobs', 'resume', '--recover=ask'], folder)).toMatchObject({
      command: { action: 'resume', id: null, recover: 'ask' },
    });
    expect(sentence(...given, '--recover', 'maybe')).toBe('--recover takes auto, ask, never; you gave "maybe".');
    expect(sentence('jobs', 'cancel', 'x', '--recover', 'ask')).toBe('"jobs cancel" takes no --recover.');
  });

  it('takes relative paths from where the user stands', () => {
    const parsed = parseCommand(['generate', '--prompt', 'x', '--out', 'a.mp4'], folder);
    expect(parsed).toMatchObject({ command: { out: here('a.mp4') } });
    expect(parseCommand(['library', 'export', 'a.mp4', 'b.gif'], folder)).toMatchObject({
      command: { clip: { id: 'a.mp4', file: here('a.mp4') }, out: here('b.gif') },
    });
  });

  it('reads what presets are asked for', () => {
    const read = (...args: string[]) => parseCommand(['presets', ...args], folder);
    expect(read('show', 'a.mp4')).toMatchObject({
      command: { action: 'show', given: { kind: 'file', path: here('a.mp4') } },
    });
    for (const line of ['reelwright://preset/AAAA', '<reelwright://preset/AAAA>', 'reelwright-preset:AAAA']) {
      expect(read('show', line)).toMatchObject({ command: { given: { kind: 'line', line } } });
    }
    expect(read('show', 'look:', 'reelwright-preset:AA', 'AA')).toMatchObject({
      command: { given: { kind: 'line', line: 'look: reelwright-preset:AA AA' } },
    });
    expect(read('export', '--from-clip', 'a.mp4')).toMatchObject({ command: { clip: here('a.mp4'), out: null } });
    expect(read('export', '--from-clip', 'a.mp4', '--out', 'b.reelpreset', '--overwrite')).toMatchObject({
      command: { out: here('b.reelpreset'), overwrite: true },
    });
    expect(read('strip', 'a.mp4', 'b.mp4', '--keep-settings')).toMatchObject({
      command: { clip: here('a.mp4'), out: here('b.mp4'), keepSettings: true, overwrite: false },
    });
  });

  it.each([
    [['presets'], /needs a word after it: show, export or strip/],
    [['presets', 'steal'], /show, export or strip; you gave "steal"/],
    [['presets', 'show'], /Say what to show/],
    [['presets', 'show', 'a.mp4', 'b.mp4'], /takes one file or link/],
    [['presets', 'show', 'a.mp4', '--out', 'b'], /"presets show" takes no --out/],
    [['presets', 'show', 'a.mp4', '--seed', '1'], /There is no option --seed/],
    [['presets', 'export'], /Say of which clip/],
    [['presets', 'export', 'a.mp4'], /Say of which clip/],
    [['presets', 'export', 'b', '--from-clip', 'a.mp4'], /"b" stands alone/],
    [['presets', 'export', '--from-clip', 'a.mp4', '--out', 'b.json'], /name of a preset/],
    [['presets', 'strip', 'a.mp4'], /takes two names/],
    [['presets', 'strip', 'a.mp4', 'b.mov'], /name that ends with .mp4/],
    [['presets', 'strip', 'a.mp4', './a.mp4'], /needs a name of its own/],
    [['generate'], /Say what the clip should show/],
    [['generate', '--prompt', '   '], /Say what the clip should show/],
    [['generate', '--prompt', 'x', '--steps', '0'], /--steps takes a whole number from 1 to 500; you gave "0"/],
    [['generate', '--prompt', 'x', '--steps', '-5'], /you gave "-5"/],
    [['generate', '--prompt', 'x', '--frames', '999999999999999999999'], /--frames takes a whole number/],
    [['generate', '--prompt', 'x', '--width', 'wide'], /--width takes a whole number from 16 to 2048; you gave "wide"/],
    [['generate', '--prompt', 'x', '--width', '25.5'], /you gave "25.5"/],
    [['generate', '--prompt', 'x', '--guidance', 'NaN'], /--guidance takes a number from 0 to 50/],
    [['generate', '--prompt', 'x', '--seed', '4294967296'], /--seed takes a whole number/],
    [['generate', '--prompt', 'x', '--vram', '0.5'], /--vram takes a number from 1 to 1024; you gave "0.5"/],
    [['generate', '--prompt', 'x', '--scheduler', 'euler'], /--scheduler takes ddim or dpm; you gave "euler"/],
    [['generate', '--prompt', 'x', '--out', 'clip.avi'], /--out takes the name of an MP4 file/],
    [['generate', '--prompt', 'x', '--bogus', '1'], /There is no option --bogus/],
    [['generate', '--prompt', 'x', '--width'], /--width needs a value/],
    [['generate', 'a', 'balloon'], /"a" stands alone/],
    [['generate', '--prompt', 'x'.repeat(limits.prompt + 1)], /at most 4000 characters/],
    [['paint'], /There is no command "paint"/],
    [['--home', 'elsewhere'], /comes after a command.* For the window, set REELWRIGHT_HOME/],
    [['library'], /rebuild, import, move or export/],
    [['library', 'rebuild', 'here'], /takes no folder/],
    [['library', 'import'], /takes one folder/],
    [['library', 'move', 'a', 'b'], /takes one folder/],
    [['library', 'move', 'a', '--plain'], /takes no --plain/],
    [['library', 'export', 'a'], /takes a clip of the library/],
    [['library', 'export', 'a', 'b.mov'], /\.webm, \.gif/],
    [['library', 'export', 'a', 'b.gif', '--quality', 'best'], /--quality takes high, middle, small/],
    [['library', 'export', 'a', 'b.webm', '--copy'], /--copy is for/],
    [['jobs', 'cancel'], /Say which job/],
    [['jobs', 'explode'], /list, resume or cancel/],
    [['jobs', 'resume', 'a', 'b'], /takes one job/],
  ])('answers %j with one sentence', (args, expected) => {
    expect(sentence(...args)).toMatch(expected);
  });

  it('never throws, whatever is typed', () => {
    const word = fc.oneof(
      fc.string(),
      fc.constantFrom(
        'generate',
        'jobs',
        'presets',
        'show',
        'strip',
        '--prompt',
        '--steps',
        '--json',
        '--',
        '-5',
        '--home=',
      ),
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 8 }), (args) =>
        ['command', 'wrong'].includes(parseCommand(args, folder).kind),
      ),
    );
  });
});

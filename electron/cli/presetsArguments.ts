import { extname } from 'node:path';
import type { ParseArgsConfig } from 'node:util';
import { absolute, common, flag, oneOfActions, read, text, Wrong } from './options.ts';
import { type Given, given } from './values.ts';

export type PresetsCommand =
  | { kind: 'presets'; action: 'show'; given: Given }
  /** Without `out` as a link. */
  | { kind: 'presets'; action: 'export'; clip: string; out: string | null; keepSeed: boolean; overwrite: boolean }
  | { kind: 'presets'; action: 'strip'; clip: string; out: string; keepSettings: boolean; overwrite: boolean };

const presetsOptions = {
  ...{ 'from-clip': text, out: text, 'keep-seed': flag, 'keep-settings': flag, overwrite: flag },
  ...common,
} satisfies ParseArgsConfig['options'];

export function presets(args: string[], folder: string): PresetsCommand {
  const { values, positionals } = read(args, presetsOptions, true);
  const [action, first, second, ...more] = positionals;
  const { overwrite = false } = values;
  const at = (path: string) => absolute(path, `"presets ${action}"`, folder);
  const only = (...options: (keyof typeof presetsOptions)[]) => {
    const other = Object.keys(values).find(
      (name) => name in presetsOptions && !(name in common) && !isOneOf(name, options),
    );
    if (other !== undefined) throw new Wrong(`"presets ${action}" takes no --${other}.`);
  };
  if (action === 'show') {
    only();
    if (first === undefined) throw new Wrong('Say what to show: a preset, pack, clip, picture or link.');
    // A link that was not put into quotes may have come in pieces.
    const pieces = given(positionals.slice(1).join(' '), '"presets show"', folder);
    if (pieces.kind === 'line') return { kind: 'presets', action, given: pieces };
    if (second !== undefined)
      throw new Wrong('"presets show" takes one file or link. Put a path with spaces into quotes.');
    return { kind: 'presets', action, given: pieces };
  }
  if (action === 'export') {
    only('from-clip', 'out', 'keep-seed', 'overwrite');
    const clip = values['from-clip'];
    if (clip === undefined) throw new Wrong('Say of which clip: presets export --from-clip clip.mp4.');
    if (first !== undefined) throw new Wrong(`"${first}" stands alone. The preset's name comes after --out.`);
    const out = values.out === undefined ? null : absolute(values.out, '--out', folder);
    if (out !== null && !/\.reelpreset$/i.test(out))
      throw new Wrong(`--out takes the name of a preset, such as mine.reelpreset; you gave "${values.out}".`);
    const keepSeed = values['keep-seed'] ?? false;
    return { kind: 'presets', action, clip: absolute(clip, '--from-clip', folder), out, keepSeed, overwrite };
  }
  if (action === 'strip') {
    only('keep-settings', 'overwrite');
    if (first === undefined || second === undefined || more.length > 0)
      throw new Wrong('"presets strip" takes two names: the clip or picture, and that of the copy.');
    const [clip, out] = [at(first), at(second)];
    if (extname(clip).toLowerCase() !== extname(out).toLowerCase())
      throw new Wrong(`The copy stays what it is: give it a name that ends with ${extname(clip) || 'the same'}.`);
    if (clip === out) throw new Wrong('The copy needs a name of its own: what it is made of stays as it is.');
    return { kind: 'presets', action, clip, out, keepSettings: values['keep-settings'] ?? false, overwrite };
  }
  throw oneOfActions('presets', 'show, export or strip', positionals);
}

const isOneOf = (name: string, names: readonly string[]) => names.includes(name);

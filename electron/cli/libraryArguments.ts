import { extname } from 'node:path';
import type { ParseArgsConfig } from 'node:util';
import { type ExportFormat, ExportQuality } from '../../contract/exporter.ts';
import { KeptSettings } from '../../contract/libraryTask.ts';
import { absolute, common, flag, oneOfActions, read, text, Wrong } from './options.ts';

export type LibraryCommand =
  | { kind: 'library'; action: 'rebuild' }
  | { kind: 'library'; action: 'import'; folder: string; plain: boolean }
  | { kind: 'library'; action: 'move'; folder: string }
  | {
      kind: 'library';
      action: 'export';
      /** A clip by its id, or by where it lies. */
      clip: { id: string; file: string };
      out: string;
      format: ExportFormat | null;
      settings: KeptSettings;
    };

const options = {
  plain: flag,
  quality: text,
  settings: text,
  copy: flag,
  ...common,
} satisfies ParseArgsConfig['options'];

export function library(args: string[], folder: string): LibraryCommand {
  const { values, positionals } = read(args, options, true);
  const [action, first, second, ...more] = positionals;
  const only = (...taken: string[]) => {
    const other = Object.keys(values).find((name) => !(name in common) && !taken.includes(name));
    if (other !== undefined) throw new Wrong(`"library ${action}" takes no --${other}.`);
  };
  const folderOf = (): string => {
    if (first === undefined || second !== undefined) throw new Wrong(`"library ${action}" takes one folder.`);
    return absolute(first, `"library ${action}"`, folder);
  };
  switch (action) {
    case 'rebuild':
      only();
      if (first !== undefined) throw new Wrong('"library rebuild" takes no folder: it reads those of the library.');
      return { kind: 'library', action };
    case 'import':
      only('plain');
      return { kind: 'library', action, folder: folderOf(), plain: values.plain ?? false };
    case 'move':
      only();
      return { kind: 'library', action, folder: folderOf() };
    case 'export': {
      only('quality', 'settings', 'copy');
      if (first === undefined || second === undefined || more.length > 0)
        throw new Wrong(
          '"library export" takes a clip of the library, by its id or its file, and the name of what is made.',
        );
      const at = (path: string) => absolute(path, '"library export"', folder);
      const [clip, out] = [{ id: first, file: at(first) }, at(second)];
      const settings = oneOf('--settings', values.settings ?? 'all', KeptSettings.options);
      return { kind: 'library', action, clip, out, format: formatOf(out, values), settings };
    }
    default:
      throw oneOfActions('library', 'rebuild, import, move or export', positionals);
  }
}

/** The ending says the form; a name without one is a folder of frames. */
function formatOf(
  out: string,
  { quality = 'high', copy = false }: { quality?: string; copy?: boolean },
): ExportFormat | null {
  const wanted = oneOf('--quality', quality, ExportQuality.options);
  const ending = extname(out).toLowerCase();
  if (copy && ending !== '.mp4') throw new Wrong('--copy is for a name that ends with .mp4.');
  switch (ending) {
    case '.mp4':
      return copy ? null : { kind: 'mp4', quality: wanted };
    case '.webm':
      return { kind: 'webm', quality: wanted };
    case '.gif':
      return { kind: 'gif', dither: 'error-diffusion', width: null };
    case '.zip':
      return { kind: 'frames', zip: true };
    case '':
      return { kind: 'frames', zip: false };
    default:
      throw new Wrong(`A clip becomes .mp4, .webm, .gif, .zip or a folder of frames; you gave "${ending}".`);
  }
}

function oneOf<Value extends string>(option: string, given: string, values: readonly Value[]): Value {
  const found = values.find((value) => value === given);
  if (found === undefined) throw new Wrong(`${option} takes ${values.join(', ')}; you gave "${given}".`);
  return found;
}

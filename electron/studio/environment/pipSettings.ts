import { runProgram } from './program.ts';
import type { Python } from './python.ts';
import type { Workshop } from './workshop.ts';

/**
 * Behind a company's proxy people have told pip where packages come from; uv does not read that.
 * What the user told uv itself comes first.
 */
export async function indexFromPip(shop: Workshop, python: Python): Promise<NodeJS.ProcessEnv> {
  if (['UV_DEFAULT_INDEX', 'UV_INDEX_URL', 'UV_NO_INDEX'].some((name) => shop.env[name])) return {};
  const { code, stdout } = await runProgram(python.executable, ['-m', 'pip', 'config', 'list'], {
    // Windows' own code page would spoil names that are not English.
    env: { ...shop.env, PYTHONIOENCODING: 'utf-8' },
    signal: shop.signal,
    timeout: 20_000,
  });
  return code === 0 ? parsePipSettings(stdout) : {};
}

/** What stands between several, where there may be several: for pip blanks and lines, for uv a choice of each. */
const meanings: readonly [setting: string, variable: string, between: string | null][] = [
  ['index-url', 'UV_DEFAULT_INDEX', null],
  ['extra-index-url', 'UV_INDEX', ' '],
  ['find-links', 'UV_FIND_LINKS', ','],
  ['cert', 'SSL_CERT_FILE', null],
];

/** Lines like: global.index-url='address', as Python writes texts. A later line (the environment's) wins, as in pip. */
export function parsePipSettings(text: string): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = {};
  for (const line of text.split('\n')) {
    const [, name, , value] = /^(?:global|install|user|site|:env:)\.([\w-]+)=(['"])(.*)\2$/.exec(line.trim()) ?? [];
    const [, variable, between = null] = meanings.find(([setting]) => setting === name) ?? [];
    if (variable === undefined || !value) continue;
    const told = unescaped(value).trim();
    env[variable] = between === null ? told : told.split(/\s+/).join(between);
  }
  return env;
}

/** Windows' paths have a backslash before a letter, which is written as two. */
const unescaped = (text: string): string =>
  text.replace(/\\(.)/g, (_, character: string) => (character === 'n' ? '\n' : character));

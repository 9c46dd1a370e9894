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
    env: shop.env,
    signal: shop.signal,
    timeout: 20_000,
  });
  return code === 0 ? parsePipSettings(stdout) : {};
}

const meanings: readonly [setting: string, variable: string][] = [
  ['index-url', 'UV_DEFAULT_INDEX'],
  ['extra-index-url', 'UV_INDEX'],
  ['find-links', 'UV_FIND_LINKS'],
  ['cert', 'SSL_CERT_FILE'],
];

/** Lines like: global.index-url='address'. A later line (the environment's) wins, as in pip. */
export function parsePipSettings(text: string): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = {};
  for (const line of text.split('\n')) {
    const [, name, value] = /^(?:global|install|user|site|:env:)\.([\w-]+)='(.*)'$/.exec(line.trim()) ?? [];
    const variable = meanings.find(([setting]) => setting === name)?.[1];
    if (variable !== undefined && value) env[variable] = value.split('\\n').filter(Boolean).join(' ');
  }
  return env;
}

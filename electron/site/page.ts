import { readdir, readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';

/** The built page, by the paths that may be asked for. What is not in the list is not looked for on the disk. */
export interface Page {
  answer(path: string, nonce: string): Promise<Response | null>;
}

const kinds: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.webp': 'image/webp',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
};

const start = '/index.html';

export function openPage(folder: string): Page {
  let files = new Map<string, string>();
  return {
    async answer(asked, nonce) {
      // Read again with every start of a page: it may have been built anew.
      if (asked === '/' || files.size === 0) files = await list(folder);
      const path = asked === '/' ? start : asked;
      const file = files.get(path);
      if (file === undefined) return null;
      const kind = kinds[extname(file)] ?? 'application/octet-stream';
      const bytes = await readFile(file).catch(() => null);
      if (bytes === null) return null;
      if (path === start)
        return new Response(withNonce(bytes.toString(), nonce), { headers: { 'Content-Type': kind } });
      // Vite puts the hash of what is in a file into its name.
      const kept = path.startsWith('/assets/') ? 'private, max-age=31536000, immutable' : 'no-store';
      return new Response(bytes, { headers: { 'Content-Type': kind, 'Cache-Control': kept } });
    },
  };
}

const withNonce = (html: string, nonce: string) =>
  html.replace('<head>', `<head>\n    <meta property="csp-nonce" nonce="${nonce}" />`);

async function list(folder: string, prefix = ''): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  for (const entry of entries) {
    const file = join(folder, entry.name);
    const path = `${prefix}/${entry.name}`;
    if (entry.isDirectory()) for (const pair of await list(file, path)) files.set(...pair);
    else if (entry.isFile()) files.set(path, file);
  }
  return files;
}

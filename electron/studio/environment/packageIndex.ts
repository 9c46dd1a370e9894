/** A package index on this computer, which can break off. Test support. */
import { createReadStream, readdirSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';

export interface PackageIndex {
  address: string;
  /** The files that were asked for. */
  sent: string[];
  /** Downloads whose name starts so stop in the middle. */
  broken: string | null;
  close(): Promise<void>;
}

export async function serveWheels(folder: string): Promise<PackageIndex> {
  const index: PackageIndex = { address: '', sent: [], broken: null, close: async () => {} };
  const server = createServer((request, response) => {
    const [, kind, name = ''] = (request.url ?? '').split('/');
    if (kind === 'simple') {
      const files = readdirSync(folder).filter((file) => file.startsWith(`${name.replaceAll('-', '_')}-`));
      response.setHeader('content-type', 'text/html');
      response.end(files.map((file) => `<a href="/files/${file}">${file}</a>`).join('\n'));
      return;
    }
    const file = join(folder, name);
    const { size } = statSync(file);
    if (request.method === 'GET') index.sent.push(name);
    response.setHeader('content-length', size);
    const cut = index.broken !== null && name.startsWith(index.broken);
    const content = createReadStream(file, cut ? { end: Math.floor(size / 2) } : {});
    if (cut) content.on('end', () => response.destroy());
    content.pipe(response, { end: !cut });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The index did not start.');
  index.address = `http://127.0.0.1:${address.port}/simple`;
  index.close = () =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return index;
}

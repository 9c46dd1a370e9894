import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureBuilt, page } from '../bootstrap/build.mjs';
import { dataPaths } from '../electron/studio/storage/paths.ts';
import { oneThread, root } from './cli.ts';

let home: string;
beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'reelwright serve ü '));
  await ensureBuilt(root, [page], () => {});
});
afterAll(() => rmSync(home, { recursive: true, force: true, maxRetries: 3 }));

function serve(...args: string[]) {
  const env = { REELWRIGHT_HOME: home, REELWRIGHT_ENVIRONMENT: dataPaths().environment, ...oneThread };
  return execa(process.execPath, [join(root, 'electron', 'cli', 'main.ts'), 'serve', ...args], { env, reject: false });
}

describe('serve', () => {
  it('prints an address that opens the page, and ends when it is asked to', async () => {
    const child = serve('--json');
    const { address } = await new Promise<{ address: string }>((resolve) =>
      child.stdout.once('data', (line) => resolve(JSON.parse(String(line)))),
    );
    const { searchParams, origin } = new URL(address);
    const answer = await fetch(origin, { headers: { authorization: `Bearer ${searchParams.get('token')}` } });
    expect(await answer.text()).toContain('<title>Reelwright</title>');
    const second = await serve();
    expect(second.exitCode).toBe(3);
    expect(second.stderr).toContain('Another Reelwright is open');
    child.kill('SIGINT');
    expect((await child).exitCode).toBe(process.platform === 'win32' ? undefined : 0);
  });

  it('says which port is taken', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const { port } = taken.address() as { port: number };
    const { exitCode, stderr } = await serve('--port', String(port));
    taken.close();
    expect(exitCode).toBe(3);
    expect(stderr).toContain(`Port ${port} is in use by another program.`);
  });

  it('says what is no address and no port', async () => {
    expect((await serve('--host', '203.0.113.7')).stderr).toContain('203.0.113.7 is not an address of this machine.');
    expect((await serve('--port', '70000')).exitCode).toBe(2);
  });
});

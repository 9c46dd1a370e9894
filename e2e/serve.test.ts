import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureBuilt, page } from '../bootstrap/build.mjs';
import type { Job } from '../contract/job.ts';
import { dataPaths } from '../electron/studio/storage/paths.ts';
import { oneThread, root, until } from './cli.ts';
import { small } from './small.ts';

let home: string;
beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'reelwright serve ü '));
  await ensureBuilt(root, [page], () => {});
});
afterAll(() => rmSync(home, { recursive: true, force: true, maxRetries: 3 }));

/** The address of a studio that has just been started with --json. */
const addressOf = (child: ReturnType<typeof serve>): Promise<URL> =>
  new Promise((resolve) => child.stdout.once('data', (line) => resolve(new URL(JSON.parse(String(line)).address))));

/** The first of the queue is at its steps. */
async function denoises(address: URL): Promise<boolean> {
  const jobs = (await (
    await fetch(new URL('/api/v1/queue', address), { headers: asThePage(address) })
  ).json()) as Job[];
  return jobs[0]?.state.kind === 'denoising';
}

const asThePage = ({ searchParams }: URL) => ({ authorization: `Bearer ${searchParams.get('token')}` });

function serve(...args: string[]) {
  const env = { REELWRIGHT_HOME: home, REELWRIGHT_ENVIRONMENT: dataPaths().environment, ...oneThread };
  return execa(process.execPath, [join(root, 'electron', 'cli', 'main.ts'), 'serve', ...args], { env, reject: false });
}

describe('serve', () => {
  it('prints an address that opens the page, and ends when it is asked to', async () => {
    const child = serve('--json');
    const address = await addressOf(child);
    const answer = await fetch(address.origin, { headers: asThePage(address) });
    expect(await answer.text()).toContain('<title>Reelwright</title>');
    const second = await serve();
    expect(second.exitCode).toBe(3);
    expect(second.stderr).toContain('Another Reelwright is open');
    child.kill('SIGINT');
    expect((await child).exitCode).toBe(process.platform === 'win32' ? undefined : 0);
  });

  it.skipIf(process.platform === 'win32')(
    'says at its end what becomes of the clip that is being made',
    { timeout: 120_000 },
    async () => {
      const first = serve('--json');
      const address = await addressOf(first);
      const headers = { ...asThePage(address), 'content-type': 'application/json' };
      const body = JSON.stringify({ ...small, steps: 400 });
      await fetch(new URL('/api/v1/queue', address), { method: 'POST', headers, body });
      await until('it renders', () => denoises(address), 60_000);
      first.kill('SIGINT');
      const { exitCode, stdout } = await first;
      expect(exitCode).toBe(0);
      expect(
        stdout
          .trim()
          .split('\n')
          .slice(1)
          .map((line) => JSON.parse(line)),
      ).toEqual([
        {
          type: 'warning',
          cause: 'interrupted',
          sentence: 'The clip that is being made stops at its next step. The next start goes on from there.',
        },
      ]);
      const next = serve('--json');
      const again = await addressOf(next);
      await until('it goes on', () => denoises(again), 60_000);
      next.kill('SIGINT');
      await next;
    },
  );

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

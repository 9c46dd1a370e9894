import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSite, openHostLog } from './index.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'reelwright-site-'));
  mkdirSync(join(folder, 'assets'));
  writeFileSync(join(folder, 'index.html'), '<html><head></head></html>');
  writeFileSync(join(folder, 'assets', 'a-1.css'), 'a{}');
});
afterEach(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));

const log = () => openHostLog(join(folder, 'host.log'));
const logged = () => readFileSync(join(folder, 'host.log'), 'utf8');
const site = (media: (request: Request) => Promise<Response | null> = async () => null) =>
  createSite({ answers: [media], renderer: folder, log: log() });
const get = (ask: ReturnType<typeof site>, path: string) => ask(new Request(`http://127.0.0.1:4317${path}`));

describe('the page', () => {
  it('may add style sheets with the nonce of this very answer only', async () => {
    const ask = site();
    const one = await get(ask, '/');
    const policy = one.headers.get('Content-Security-Policy') ?? '';
    const nonce = /'nonce-([^']+)'/.exec(policy)?.[1] ?? 'none';
    expect(await one.text()).toContain(`<meta property="csp-nonce" nonce="${nonce}" />`);
    const other = (await get(ask, '/')).headers.get('Content-Security-Policy');
    expect(other).not.toBe(policy);
    expect(policy).toContain("default-src 'none'; script-src 'self'; ");
    expect(policy).toContain("connect-src 'self' ws://127.0.0.1:4317;");
    expect(policy).not.toContain('unsafe');
  });

  it('is found again when it was built anew', async () => {
    const ask = site();
    expect(await (await get(ask, '/assets/a-1.css')).text()).toBe('a{}');
    rmSync(join(folder, 'assets', 'a-1.css'));
    writeFileSync(join(folder, 'assets', 'a-2.css'), 'b{}');
    expect((await get(ask, '/assets/a-1.css')).status).toBe(404);
    expect((await get(ask, '/')).status).toBe(200);
    expect(await (await get(ask, '/assets/a-2.css')).text()).toBe('b{}');
  });

  it('is missing without a word when it was never built', async () => {
    rmSync(join(folder, 'index.html'));
    expect((await get(site(), '/')).status).toBe(404);
  });
});

it('the same headers guard an answer of the studio, and those it has stay', async () => {
  const clip = async () =>
    new Response('x', { status: 206, headers: { 'Content-Range': 'bytes 0-0/9', 'Cache-Control': 'private' } });
  const { status, headers } = await get(site(clip), '/media/clips/a.mp4');
  expect(status).toBe(206);
  expect(Object.fromEntries(headers)).toMatchObject({
    'content-range': 'bytes 0-0/9',
    'cache-control': 'private',
    'cross-origin-resource-policy': 'same-origin',
    'x-frame-options': 'DENY',
  });
});

it('a fault of the studio is an answer and a line in the log', async () => {
  const broken = async () => {
    throw new Error('the disk is gone');
  };
  expect((await get(site(broken), '/media/clips/a.mp4')).status).toBe(500);
  expect(logged()).toMatch(/failed +GET \/media\/clips\/a\.mp4: Error: the disk is gone/);
});

it('a line of the log stays one line and holds no token', () => {
  log().refused('GET /?token=abcdef\n2026 note all is well', 'x'.repeat(9000));
  expect(logged().split('\n')).toHaveLength(2);
  expect(logged()).not.toContain('abcdef');
  expect(logged().length).toBeLessThan(2100);
});

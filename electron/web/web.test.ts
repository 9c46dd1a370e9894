import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/websocket';
import { eventIterator, os, type RouterClient } from '@orpc/server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { z } from 'zod';
import { openHostLog } from '../site/index.ts';
import { startWeb, type Web } from './index.ts';

const router = {
  double: os
    .route({ method: 'GET', path: '/double' })
    .input(z.object({ value: z.coerce.number() }))
    .handler(({ input }) => input.value * 2),
  count: os.output(eventIterator(z.number())).handler(async function* () {
    yield 1;
    yield 2;
  }),
  length: os
    .route({ method: 'POST', path: '/length' })
    .input(z.object({ text: z.string() }))
    .handler(({ input }) => input.text.length),
};

let folder: string;
let web: Web;
let token: string;
const logged = () => readFileSync(join(folder, 'web.log'), 'utf8');

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'reelwright web ü '));
  mkdirSync(join(folder, 'page', 'assets'), { recursive: true });
  writeFileSync(join(folder, 'page', 'index.html'), '<!doctype html><html><head></head><body>page</body></html>');
  writeFileSync(join(folder, 'page', 'assets', 'index-1.js'), 'export {};');
  writeFileSync(join(folder, 'secret.txt'), 'secret');
  web = await startWeb({
    session: {
      router,
      async site(asked) {
        const { pathname } = new URL(asked.url);
        if (pathname === '/pictures') return new Response(String((await asked.arrayBuffer()).byteLength));
        return pathname === '/media/clips/a.mp4' ? new Response('clip') : null;
      },
    },
    renderer: join(folder, 'page'),
    version: '0.0.0',
    log: openHostLog(join(folder, 'web.log')),
    host: '127.0.0.1',
    port: 0,
  });
  token = new URL(web.address).searchParams.get('token') ?? '';
});
afterAll(async () => {
  await web.stop();
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
});

interface Answered {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: string;
}

/** By node:http, which sends paths and headers as they are. */
function ask(
  path: string,
  headers: Record<string, string> = {},
  method = 'GET',
  body?: string | Buffer,
): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port: web.port, path, method, headers }, (answer) => {
      let text = '';
      answer.on('data', (chunk) => (text += chunk));
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: text }));
    });
    asked.on('error', reject);
    asked.end(body);
  });
}

const bearer = () => ({ authorization: `Bearer ${token}` });
const cookie = () => ({ cookie: `other=1; reelwright-${web.port}=${token}` });
const ownOrigin = () => `http://127.0.0.1:${web.port}`;

describe('the address that is printed', () => {
  it('moves its token into a cookie that scripts and other sites cannot use', async () => {
    const { status, headers, body } = await ask(`/?token=${token}`);
    expect(status).toBe(200);
    expect(body).not.toContain(token);
    expect(headers).toMatchObject({ 'referrer-policy': 'no-referrer', 'cache-control': 'no-store' });
    expect(headers['set-cookie']).toEqual([`reelwright-${web.port}=${token}; HttpOnly; SameSite=Strict; Path=/`]);
    const page = await ask('/', cookie());
    expect(page.status).toBe(200);
    expect(page.body).toContain('page');
    expect(page.headers).toMatchObject({ 'referrer-policy': 'no-referrer', 'x-content-type-options': 'nosniff' });
  });

  it('leads on to the page by itself, also for a person who came from another site', async () => {
    const { status, headers, body } = await ask(`/?token=${token}`, {
      'sec-fetch-site': 'cross-site',
      'sec-fetch-mode': 'navigate',
    });
    // A browser would follow a redirection without the cookie.
    expect([status, headers['location']]).toEqual([200, undefined]);
    expect(body).toContain('<meta http-equiv="refresh" content="0; url=/" />');
    expect(body).toContain('<a href="/">');
    expect(body).not.toMatch(/<script|<style|style=/);
  });

  it('opens nothing with another token', async () => {
    expect((await ask('/?token=guess')).status).toBe(401);
    expect((await ask(`/?token=${token.slice(1)}`)).headers['set-cookie']).toBeUndefined();
  });
});

describe('who is let in', () => {
  it('nobody without the token', async () => {
    for (const path of [
      '/',
      '/assets/index-1.js',
      '/api/v1/double?value=2',
      '/api/openapi.json',
      '/media/clips/a.mp4',
    ]) {
      const { status, body } = await ask(path);
      expect([path, status, body]).toEqual([path, 401, expect.stringContaining('printed')]);
    }
    expect((await ask('/', { cookie: `reelwright-${web.port + 1}=${token}` })).status).toBe(401);
    expect((await ask('/', { authorization: 'Bearer no' })).status).toBe(401);
  });

  it('nobody under a foreign name', async () => {
    for (const host of [
      'evil.example',
      `evil.example:${web.port}`,
      '127.0.0.1.evil.example',
      'evil.example#127.0.0.1',
    ]) {
      expect((await ask('/', { ...bearer(), host })).status).toBe(421);
    }
    expect((await ask('/', { ...bearer(), host: 'localhost:1234' })).status).toBe(200);
  });

  it('no page of another origin, with or without a cookie', async () => {
    for (const origin of ['https://evil.example', 'null', `http://127.0.0.1:${web.port + 1}`, 'http://localhost:1']) {
      expect((await ask('/api/v1/length', { ...cookie(), origin }, 'POST', '{"text":"a"}')).status).toBe(403);
      expect((await ask('/', { ...bearer(), origin })).status).toBe(403);
    }
    const other = { ...cookie(), 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'no-cors' };
    expect((await ask('/media/clips/a.mp4', other)).status).toBe(403);
    expect((await ask('/', { ...cookie(), 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' })).status).toBe(
      200,
    );
  });

  it('no change by cookie alone', async () => {
    const json = { 'content-type': 'application/json' };
    const post = (headers: Record<string, string>) =>
      ask('/api/v1/length', { ...json, ...headers }, 'POST', '{"text":"four"}');
    expect((await post(cookie())).status).toBe(403);
    expect(await post({ ...cookie(), origin: ownOrigin() })).toMatchObject({ status: 200, body: '4' });
    expect(await post(bearer())).toMatchObject({ status: 200, body: '4' });
  });
});

describe('what is asked for', () => {
  it('is refused when it leaves its folder, in every encoding', async () => {
    const tricks = [
      '/../secret.txt',
      '/assets/../../secret.txt',
      '/media/clips/..%2f..%2fsecret.txt',
      '/%2e%2e/secret.txt',
    ];
    tricks.push('/media/clips/%2e%2e%2fsecret.mp4', '/media/..%5csecret.txt', '/media/%252e%252e%252fsecret.txt');
    tricks.push('/assets/..\\..\\secret.txt', '/media/clips/a%00.mp4', 'http://evil.example/');
    for (const path of tricks) {
      const { status, body } = await ask(path, bearer());
      expect([path, status]).toEqual([path, 400]);
      expect(body).not.toContain('secret\n');
    }
    expect((await ask('/nothing', bearer())).status).toBe(404);
    expect((await ask('/nothing', bearer(), 'POST', '')).status).toBe(405);
  });

  it('may be a file of the page, a clip, or only their heads', async () => {
    const script = await ask('/assets/index-1.js', bearer());
    expect(script.headers).toMatchObject({ 'content-type': 'text/javascript; charset=utf-8' });
    expect(await ask('/media/clips/a.mp4', bearer())).toMatchObject({ status: 200, body: 'clip' });
    expect(await ask('/', bearer(), 'HEAD')).toMatchObject({ status: 200, body: '' });
  });

  it('must not be too large', async () => {
    const long = Buffer.alloc(3 * 1024 * 1024, 'a');
    expect((await ask('/api/v1/length', bearer(), 'POST', long)).status).toBe(413);
    const unannounced = { ...bearer(), 'transfer-encoding': 'chunked', 'content-type': 'application/json' };
    expect((await ask('/api/v1/length', unannounced, 'POST', long)).status).toBe(400);
    expect(await ask('/pictures', bearer(), 'POST', long)).toMatchObject({ status: 200, body: String(long.length) });
    expect((await ask('/', { ...bearer(), 'x-long': 'a'.repeat(20_000) })).status).toBe(431);
  });

  it('may be a call by HTTP, and the description of them all', async () => {
    expect(await ask('/api/v1/double?value=21', bearer())).toMatchObject({ status: 200, body: '42' });
    const document = JSON.parse((await ask('/api/openapi.json', bearer())).body);
    expect(document.openapi).toMatch(/^3\.1/);
    expect(Object.keys(document.paths)).toEqual(
      expect.arrayContaining(['/queue', '/pictures', '/media/clips/{id}.mp4']),
    );
  });
});

describe('the socket', () => {
  const open = (headers: Record<string, string>, path = '/api/socket') =>
    new WebSocket(`ws://127.0.0.1:${web.port}${path}`, { headers });
  const opened = (socket: WebSocket) =>
    new Promise<'open' | number>((resolve) => {
      socket.on('open', () => resolve('open'));
      socket.on('unexpected-response', (_, answer) => resolve(answer.statusCode ?? 0));
      socket.on('error', () => {});
    });
  const closed = (socket: WebSocket) => new Promise<number>((resolve) => socket.on('close', resolve));

  it('is opened to our own page and to programs with the token, to nobody else', async () => {
    const foreign = { ...cookie(), origin: 'https://evil.example' };
    const tries: [Record<string, string>, 'open' | number][] = [
      [{}, 401],
      [cookie(), 403],
      [foreign, 403],
    ];
    tries.push(
      [{ ...bearer(), host: 'evil.example' }, 421],
      [{ ...cookie(), origin: ownOrigin() }, 'open'],
      [bearer(), 'open'],
    );
    for (const [headers, expected] of tries) {
      const socket = open(headers);
      expect(await opened(socket)).toBe(expected);
      socket.terminate();
    }
    const elsewhere = open(bearer(), '/elsewhere');
    expect(await opened(elsewhere)).toBe(404);
    const byAddress = open({}, `/api/socket?token=${token}`);
    expect(await opened(byAddress)).toBe(401);
  });

  it('carries calls and streams', async () => {
    const socket = open(bearer());
    const client: RouterClient<typeof router> = createORPCClient(new RPCLink({ websocket: socket as never }));
    expect(await client.double({ value: 21 })).toBe(42);
    const seen: number[] = [];
    for await (const value of await client.count()) seen.push(value);
    expect(seen).toEqual([1, 2]);
    await expect(client.double({ value: 'x' as never })).rejects.toMatchObject({ code: 'BAD_REQUEST' });
    socket.terminate();
  });

  it.each([
    ['nonsense', 'hello'],
    ['another message', '{"jsonrpc":"2.0"}'],
    ['a call to elsewhere', '{"i":"1","p":{"u":"file:///etc/passwd"}}'],
    ['bytes', Buffer.from([1, 2, 3])],
  ])('is closed by %s', async (_, message) => {
    const socket = open(bearer());
    await opened(socket);
    socket.send(message);
    expect(await closed(socket)).toBe(1008);
    expect((await ask('/', bearer())).status).toBe(200);
  });

  it('is closed by a message that is too large', async () => {
    const socket = open(bearer());
    await opened(socket);
    socket.send('x'.repeat(3 * 1024 * 1024));
    expect(await closed(socket)).toBe(1009);
  });
});

it('every refusal is in the log, the token is not', () => {
  for (const text of [
    'no token',
    'a wrong token',
    'evil.example',
    'leaves its folder',
    'not JSON',
    'Max payload',
    'not text',
  ]) {
    expect(logged()).toContain(text);
  }
  expect(logged()).not.toContain(token.slice(1));
});

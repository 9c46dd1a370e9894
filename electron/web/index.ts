import { createServer, type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { AnyRouter } from '@orpc/server';
import { sitePaths } from '../../contract/site.ts';
import { type Answer, createSite, guarded, type HostLog, leavesItsFolder, plain } from '../site/index.ts';
import { type Asked, cookieHeader, cookieName, type Door, decide, newToken, threshold } from './access.ts';
import { isGone, sendResponse, toRequest } from './http.ts';
import { hostOf, namesOf, reachable } from './names.ts';
import { createApi, describeApi } from './openapi.ts';
import { createSocket, socketPath } from './socket.ts';

export interface WebOptions {
  session: { router: AnyRouter; site: Answer };
  /** Where the built page lies. */
  renderer: string;
  version: string;
  log: HostLog;
  /** The address to listen on. */
  host: string;
  /** 0 for any that is free. */
  port: number;
}

export interface Web {
  /** With the token: whoever has it is let in. */
  address: string;
  port: number;
  /** Ends every connection. */
  stop(): Promise<void>;
}

/** In bytes. Calls are small; of pictures and clips, which may be large, the studio counts the bytes itself. */
const callLimit = 2 * 1024 * 1024;
const counted: ReadonlySet<string> = new Set([sitePaths.pictures, sitePaths.receive]);

const sentences = {
  401: 'Open the address that Reelwright printed when it started. It carries the key.',
  403: 'Only the page that Reelwright itself has served may ask for this.',
  421: 'Reelwright is not known by this name. Open the address that it printed when it started.',
};

/** Serves the studio to browsers and programs. @throws what `listen` says when the port cannot be had. */
export async function startWeb({ session, renderer, version, log, host, port: wanted }: WebOptions): Promise<Web> {
  const answers = [createApi(session.router, log), describeApi(version), session.site];
  const site = createSite({ answers, renderer, log });
  const socket = createSocket(session.router, log);
  const token = newToken();
  const server = createServer({ maxHeaderSize: 16 * 1024 });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(wanted, host, resolve);
  });
  const { port } = server.address() as AddressInfo;
  const door: Door = { token, cookie: cookieName(port), names: namesOf(host) };

  server.on('request', (incoming, outgoing) => {
    respond(incoming, outgoing).catch((error: unknown) => {
      if (!isGone(error)) log.failed(`${incoming.method} ${pathOf(incoming)}`, error);
      outgoing.destroy();
    });
  });
  server.on('upgrade', (incoming, stream, head) => {
    stream.on('error', () => stream.destroy());
    const verdict = decide(door, asked(incoming, true));
    if (verdict.kind === 'welcome' && pathOf(incoming) === socketPath) return socket.accept(incoming, stream, head);
    const [status, why] = verdict.kind === 'refused' ? [verdict.status, verdict.why] : [404, 'not a place for one'];
    log.refused(`a WebSocket to ${pathOf(incoming)}`, why);
    refuseUpgrade(stream, status);
  });

  return {
    address: `http://${hostOf(reachable(host))}:${port}/?token=${token}`,
    port,
    async stop() {
      socket.stop();
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };

  async function respond(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const gone = new AbortController();
    outgoing.once('close', () => gone.abort());
    await sendResponse(await answer(incoming, gone.signal), outgoing, incoming.method === 'HEAD');
  }

  async function answer(incoming: IncomingMessage, gone: AbortSignal): Promise<Response> {
    const verdict = decide(door, asked(incoming, false));
    const path = pathOf(incoming);
    if (verdict.kind === 'refused') {
      log.refused(`${incoming.method} ${path} from ${incoming.socket.remoteAddress}`, verdict.why);
      return guarded(plain(verdict.status, sentences[verdict.status]));
    }
    if (verdict.kind === 'enter') {
      const headers = { 'Content-Type': 'text/html; charset=utf-8', 'Set-Cookie': cookieHeader(door) };
      return guarded(new Response(threshold, { headers }));
    }
    // Looked at as it came: what becomes of it as a URL has no dots left.
    if (!path.startsWith('/') || leavesItsFolder(path)) {
      log.refused(`${incoming.method} ${path}`, 'a path that leaves its folder');
      return guarded(plain(400, 'Bad path'));
    }
    const limit = counted.has(path) ? Number.POSITIVE_INFINITY : callLimit;
    if (Number(incoming.headers['content-length'] ?? 0) > limit) {
      log.refused(`${incoming.method} ${path}`, `more than ${limit} bytes`);
      return guarded(plain(413, 'Too large'));
    }
    return site(toRequest(incoming, limit, gone));
  }
}

const asked = ({ method = 'GET', url = '/', headers }: IncomingMessage, upgrade: boolean): Asked => ({
  method,
  url,
  headers,
  upgrade,
});

/** Without the query, which may hold the token. */
const pathOf = ({ url = '/' }: IncomingMessage) => url.split('?', 1)[0] ?? '/';

function refuseUpgrade(stream: Duplex, status: number): void {
  stream.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

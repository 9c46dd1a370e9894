import { randomBytes } from 'node:crypto';
import { guarded } from './headers.ts';
import type { HostLog } from './hostLog.ts';
import { openPage } from './page.ts';

export { type Channel, createCalls, messageLimit } from './calls.ts';
export { guarded } from './headers.ts';
export { type HostLog, openHostLog } from './hostLog.ts';

/** Answers what it knows; null for every other path. */
export type Answer = (request: Request) => Promise<Response | null>;

export interface SiteOptions {
  /** Asked one after another, before the page. */
  answers: readonly Answer[];
  /** Where the built page lies. */
  renderer: string;
  log: HostLog;
}

/** A body that is longer than is taken. */
export class TooLong extends Error {}

/** Everything that a page is served under its own origin, whatever the host. */
export function createSite({ answers, renderer, log }: SiteOptions): (request: Request) => Promise<Response> {
  const page = openPage(renderer);
  return async (request) => {
    const url = new URL(request.url);
    const styleNonce = randomBytes(16).toString('base64');
    // Not every browser counts a WebSocket of the same origin as 'self'.
    const connect = url.protocol === 'http:' ? [`ws://${url.host}`] : [];
    return guarded(await answer(request, url.pathname, styleNonce), { styleNonce, connect });
  };

  async function answer(request: Request, path: string, nonce: string): Promise<Response> {
    if (leavesItsFolder(path)) {
      log.refused('a path that leaves its folder', path);
      return plain(400, 'Bad path');
    }
    try {
      for (const each of answers) {
        const answered = await each(request);
        if (answered !== null) return answered;
      }
      if (request.method !== 'GET' && request.method !== 'HEAD') return plain(405, 'Method not allowed');
      return (await page.answer(path, nonce)) ?? plain(404, 'Not found');
    } catch (error) {
      if (error instanceof TooLong) {
        log.refused(`${request.method} ${path}`, error.message);
        return plain(413, 'Too large');
      }
      if (!request.signal.aborted) log.failed(`${request.method} ${path}`, error);
      return plain(500, 'Something went wrong');
    }
  }
}

export const plain = (status: number, text: string): Response =>
  new Response(`${text}\n`, { status, headers: { 'Content-Type': 'text/plain; charset=utf-8' } });

/** No path of ours holds an encoded separator, dot or percent sign, so nothing has to be decoded to tell. */
export function leavesItsFolder(path: string): boolean {
  return /%(?:2f|5c|00|2e|25)/i.test(path) || path.includes('\\') || path.split('/').includes('..');
}

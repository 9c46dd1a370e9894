import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import { TooLong } from '../site/index.ts';

/** Node's request as the web's. Reading its body fails with TooLong when more than `limit` bytes come. */
export function toRequest(incoming: IncomingMessage, limit: number, signal: AbortSignal): Request {
  const headers = new Headers();
  for (const [name, value] of Object.entries(incoming.headers)) {
    for (const each of Array.isArray(value) ? value : [value]) if (each !== undefined) headers.append(name, each);
  }
  const method = incoming.method ?? 'GET';
  const url = `http://${incoming.headers.host}${incoming.url}`;
  if (method === 'GET' || method === 'HEAD') return new Request(url, { method, headers, signal });
  const body = Readable.toWeb(Readable.from(bounded(incoming, limit)));
  // Node asks for `duplex`, which the types of browsers do not know.
  return new Request(url, { method, headers, body, duplex: 'half', signal } as unknown as RequestInit);
}

async function* bounded(incoming: IncomingMessage, limit: number): AsyncGenerator<Uint8Array> {
  let length = 0;
  // Not destroyed when it is too long, but read to its end: the answer has to go the same way.
  const chunks: AsyncIterable<Buffer> = incoming.iterator({ destroyOnReturn: false });
  try {
    for await (const chunk of chunks) {
      length += chunk.length;
      if (length > limit) throw new TooLong(`more than ${limit} bytes`);
      yield chunk;
    }
  } finally {
    incoming.resume();
  }
}

export async function sendResponse(response: Response, outgoing: ServerResponse, head: boolean): Promise<void> {
  outgoing.statusCode = response.status;
  outgoing.setHeaders(response.headers);
  if (response.body === null || head) {
    await response.body?.cancel();
    outgoing.end();
    return;
  }
  await pipeline(Readable.fromWeb(response.body as ReadableStream), outgoing);
}

/** The other side went away in the middle: nobody's fault. */
export const isGone = (error: unknown): boolean =>
  error instanceof Error &&
  'code' in error &&
  ['ERR_STREAM_PREMATURE_CLOSE', 'ECONNRESET', 'EPIPE', 'ABORT_ERR'].includes(String(error.code));

import type { Page } from '@playwright/test';

interface Answer {
  status: number;
  json: unknown;
}

/** Calls the studio as the page does: through a port in the window, through a socket in a browser. */
export async function callThroughPage(page: Page, path: readonly string[], input: unknown): Promise<unknown> {
  const message = JSON.stringify({ i: '1', p: { u: `/${path.join('/')}`, b: { json: input } } });
  const { status, json } = await page.evaluate(send, message);
  if (status >= 400) throw Object.assign(new Error(`${path.join('.')}: ${JSON.stringify(json)}`), { answer: json });
  return json;
}

/** Runs in the page. */
function send(message: string): Promise<Answer> {
  const read = (text: string): Answer => {
    const { p = {} } = JSON.parse(text) as { p?: { s?: number; b?: { json?: unknown } } };
    return { status: p.s ?? 200, json: p.b?.json };
  };
  return new Promise((resolve, reject) => {
    if ('reelwright' in window) {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = ({ data }) => {
        port1.close();
        resolve(read(data));
      };
      window.postMessage('reelwright:connect', location.origin, [port2]);
      port1.postMessage(message);
    } else {
      const socket = new WebSocket(new URL('/api/socket', location.href.replace('http', 'ws')));
      socket.onopen = () => socket.send(message);
      socket.onerror = () => reject(new Error('The socket was refused.'));
      socket.onmessage = ({ data }) => {
        socket.close();
        resolve(read(data));
      };
    }
  });
}

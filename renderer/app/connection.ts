import type { ClientContext, ClientLink } from '@orpc/client';
import { RPCLink as PortLink } from '@orpc/client/message-port';
import { RPCLink as SocketLink } from '@orpc/client/websocket';
import { ResponseValidationPlugin } from '@orpc/contract/plugins';
import { api } from '../../contract/api.ts';

declare global {
  interface Window {
    /** Put there by the desktop's preload. */
    reelwright?: { host: 'desktop' };
  }
}

/** One way to the studio, until it ends. */
export interface Connection {
  link: ClientLink<ClientContext>;
  ended: Promise<void>;
  end: () => void;
}

function promise<Value>() {
  let resolve: (value: Value) => void = () => {};
  let reject: (reason: Error) => void = () => {};
  const settled = new Promise<Value>((one, other) => {
    resolve = one;
    reject = other;
  });
  return { settled, resolve, reject };
}

/** The studio is there and does not know this page: the key in its cookie is of an earlier start. */
export class Denied extends Error {
  override name = 'Denied';
}

const plugins = () => [new ResponseValidationPlugin<ClientContext>(api)];

/** The preload hands the other end of the channel to the studio's process. */
function throughPort(): Promise<Connection> {
  const { port1, port2 } = new MessageChannel();
  const ended = promise<void>();
  port1.addEventListener('close', () => ended.resolve());
  const link = new PortLink<ClientContext>({ port: port1, plugins: plugins() });
  port1.start();
  window.postMessage('reelwright:connect', location.origin, [port2]);
  const end = () => {
    port1.close();
    ended.resolve();
  };
  return Promise.resolve({ link, ended: ended.settled, end });
}

async function whyNot(): Promise<Error> {
  const answer = await fetch('/', { method: 'HEAD' }).catch(() => null);
  return answer?.status === 401 ? new Denied('Not let in.') : new Error('The studio does not answer.');
}

function throughSocket(): Promise<Connection> {
  const address = new URL('/api/socket', location.href);
  address.protocol = location.protocol === 'https:' ? 'wss:' : 'ws:';
  const socket = new WebSocket(address);
  const ended = promise<void>();
  const opened = promise<Connection>();
  const link = new SocketLink<ClientContext>({ websocket: socket, plugins: plugins() });
  socket.addEventListener('open', () => opened.resolve({ link, ended: ended.settled, end: () => socket.close() }));
  socket.addEventListener('close', () => {
    ended.resolve();
    // A socket does not tell why it was not opened.
    void whyNot().then(opened.reject);
  });
  return opened.settled;
}

export const openConnection = (): Promise<Connection> =>
  window.reelwright?.host === 'desktop' ? throughPort() : throughSocket();

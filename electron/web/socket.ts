import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { AnyRouter } from '@orpc/server';
import { type WebSocket, WebSocketServer } from 'ws';
import { type Channel, createCalls, type HostLog, messageLimit } from '../site/index.ts';

export const socketPath = '/api/socket';

/** A page that has gone without a word (sleep, a pulled cable) is found out by its silence. */
const pingMs = 30_000;

export interface Socket {
  accept(request: IncomingMessage, stream: Duplex, head: Buffer): void;
  stop(): void;
}

export function createSocket(router: AnyRouter, log: HostLog): Socket {
  const server = new WebSocketServer({ noServer: true, maxPayload: messageLimit });
  const connect = createCalls(router, log);
  const silent = new WeakSet<WebSocket>();
  const pings = setInterval(() => {
    for (const client of server.clients) {
      if (silent.has(client)) client.terminate();
      else {
        silent.add(client);
        client.ping();
      }
    }
  }, pingMs);
  pings.unref();

  server.on('connection', (client: WebSocket) => {
    client.on('pong', () => silent.delete(client));
    client.on('error', (error) => log.refused('a message', error.message));
    connect(channelOf(client));
  });

  return {
    accept: (request, stream, head) =>
      server.handleUpgrade(request, stream, head, (client) => server.emit('connection', client, request)),
    stop() {
      clearInterval(pings);
      for (const client of server.clients) client.terminate();
      server.close();
    },
  };
}

function channelOf(client: WebSocket): Channel {
  return {
    // Resolved when it is on its way, so that a slow reader slows down its stream and not the studio's memory.
    send: (message) => new Promise((resolve) => client.send(message, () => resolve())),
    onMessage: (listener) => client.on('message', (data, binary) => listener(binary ? data : data.toString())),
    onClose: (listener) => client.on('close', listener),
    close: () => client.close(1008, 'Not a call'),
  };
}

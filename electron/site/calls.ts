import type { AnyRouter } from '@orpc/server';
import { ORPCError, onError } from '@orpc/server';
import { RPCHandler } from '@orpc/server/ws';
import { z } from 'zod';
import type { HostLog } from './hostLog.ts';

/** One connected page, whatever carries its messages. */
export interface Channel {
  send(message: string): void | Promise<void>;
  onMessage(listener: (message: unknown) => void): void;
  onClose(listener: () => void): void;
  /** Ends the connection: what came could not have come from our page. */
  close(): void;
}

/** In characters. The largest call of ours names 20,000 clips. */
export const messageLimit = 2 * 1024 * 1024;

/** Kinds of messages of oRPC's peer. */
const request = 1;
const abort = 4;

const Envelope = z.object({
  i: z.union([z.string().max(64), z.int()]),
  t: z.int().min(1).max(4).optional(),
  p: z
    .object({ u: z.string().max(4096).startsWith('/').optional(), h: z.record(z.string(), z.unknown()).optional() })
    .optional(),
});

/** Carries calls of the contract between pages and the studio. */
export function createCalls(router: AnyRouter, log: HostLog): (channel: Channel) => void {
  const handler = new RPCHandler(router, {
    interceptors: [
      onError((error) => {
        // What the contract describes is an answer, not a fault.
        if (!(error instanceof ORPCError) || error.status >= 500) log.failed('a call', error);
      }),
    ],
  });
  return (channel) => {
    const peer = {
      send: (message: string) => channel.send(message),
      addEventListener(type: string, listener: (event: { data: string }) => void) {
        if (type === 'close') return channel.onClose(() => listener({ data: '' }));
        channel.onMessage((message) => {
          const problem = messageProblem(message);
          if (problem === null) return listener({ data: message as string });
          log.refused('a message', problem);
          channel.close();
        });
      },
    };
    // oRPC asks of a WebSocket only these two.
    void handler.upgrade(peer as unknown as Parameters<typeof handler.upgrade>[0], { context: {} });
  };
}

/** Why a message is not one of ours; null when it is. */
export function messageProblem(message: unknown): string | null {
  if (typeof message !== 'string') return `not text but ${message === null ? 'null' : typeof message}`;
  if (message.length > messageLimit) return `${message.length} characters, at most ${messageLimit} are taken`;
  let parsed: unknown;
  try {
    parsed = JSON.parse(message);
  } catch {
    return 'not JSON';
  }
  const checked = Envelope.safeParse(parsed);
  if (!checked.success) return z.prettifyError(checked.error);
  const { t: kind = request, p: content } = checked.data;
  if (kind === request && content?.u === undefined) return 'a call without a path';
  return kind !== abort && content === undefined ? 'a message without content' : null;
}

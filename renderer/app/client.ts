import { type ClientContext, type ClientLink, createORPCClient, ORPCError } from '@orpc/client';
import type { ContractRouterClient } from '@orpc/contract';
import type { Api } from '../../contract/api.ts';
import { Refusal } from '../../contract/refusal.ts';
import { type Connection, openConnection } from './connection.ts';

/** The studio could not be reached: nothing was asked of it. */
export class Unreachable extends Error {
  override name = 'Unreachable';
}

let opening: Promise<Connection> | null = null;

/** The connection that there is, or a new one. A call begins one too, so that it need not wait for a timer. */
export function connected(): Promise<Connection> {
  if (opening) return opening;
  const attempt = openConnection();
  opening = attempt;
  const forget = () => {
    if (opening === attempt) opening = null;
  };
  attempt.then((connection) => connection.ended.then(forget), forget);
  return attempt;
}

const link: ClientLink<ClientContext> = {
  call: async (path, input, options) => {
    const connection = await connected().catch((cause: unknown) => {
      throw new Unreachable('The studio does not answer.', { cause });
    });
    return connection.link.call(path, input, options);
  },
};

/** Every call of the contract. Answers are parsed; a link that broke is opened anew. */
export const client: ContractRouterClient<Api> = createORPCClient(link);

/** Why the studio did not do what it was asked for; null when the error is of another kind. */
export function refused(error: unknown): Refusal | null {
  if (!(error instanceof ORPCError) || error.code !== 'REFUSED') return null;
  return Refusal.safeParse(error.data).data ?? null;
}

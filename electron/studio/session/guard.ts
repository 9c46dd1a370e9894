import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { implement, ORPCError } from '@orpc/server';
import { api } from '../../../contract/api.ts';
import type { Refusal } from '../../../contract/refusal.ts';
import { Refused } from '../refused.ts';
import { storageProblem } from '../storage/problem.ts';

export type Guarded = ReturnType<typeof guarded>;

/** The contract's calls, with every refusal and every failing disk turned into a value that the hosts have words for. */
export function guarded(database: string) {
  return implement(api).use(async ({ next, procedure }) => {
    const changes = procedure['~orpc'].route.method !== 'GET';
    // The database would go on writing to a file that nobody can find any more.
    if (changes && !existsSync(database)) throw refusedAnswer({ reason: 'storage', problem: 'gone' });
    try {
      return await next();
    } catch (error) {
      if (error instanceof Refused) throw refusedAnswer(error.refusal);
      const problem = storageProblem(error, dirname(database));
      if (problem !== null) throw refusedAnswer({ reason: 'storage', problem });
      if (!(error instanceof ORPCError)) console.error(error);
      throw error;
    }
  });
}

const refusedAnswer = (data: Refusal) => new ORPCError('REFUSED', { status: 422, message: 'Refused', data });

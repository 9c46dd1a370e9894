import type { ReceiveProblem } from '../../../contract/received.ts';
import { receive } from './index.ts';

/** Why it was not taken, or that it was. */
export async function refusal(given: Uint8Array | string): Promise<ReceiveProblem | 'taken'> {
  const received = await receive(given);
  return received.kind === 'refused' ? received.problem : 'taken';
}

export const field = (name: string, fault: 'unknown' | 'missing' | 'twice' | 'invalid') => ({
  ...{ problem: 'field', field: name, fault },
});

export const bytes = (value: unknown): Buffer =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value), 'utf8');

import { oc } from '@orpc/contract';
import { z } from 'zod';
import { Refusal } from '../refusal.ts';

const asked = oc.errors({ REFUSED: { status: 422, message: 'Refused', data: Refusal } });

export const get = (path: `/${string}`, summary: string) => asked.route({ method: 'GET', path, summary });
export const post = (path: `/${string}`, summary: string) => asked.route({ method: 'POST', path, summary });

export const id = z.object({ id: z.string().min(1).max(64) });
export const ids = z.object({ ids: z.array(z.string().min(1).max(64)).min(1).max(20_000) });
/** In an address everything is text. */
export const flag = z.union([z.boolean(), z.stringbool()]).default(false);

import { z } from 'zod';
import { Clip, ClipPage, ClipQuery } from '../clip.ts';
import { flag, get, id, ids, post } from './asked.ts';

const ClipPageQuery = z.object({
  search: ClipQuery.shape.search.default(''),
  starred: flag,
  deleted: flag,
  order: ClipQuery.shape.order.default('newest'),
  offset: z.coerce.number().int().min(0).default(0),
  limit: z.coerce.number().int().min(1).max(500).default(50),
});

export const library = {
  page: get('/library', 'Clips, some at a time').input(ClipPageQuery).output(ClipPage),
  get: get('/library/{id}', 'One clip').input(id).output(Clip),
  star: post('/library/star', 'Star or unstar')
    .input(ids.extend({ starred: z.boolean() }))
    .output(z.void()),
  /** Into the studio's trash, from where they can be restored for thirty days. */
  delete: post('/library/delete', 'Put clips into the trash').input(ids).output(z.void()),
  restore: post('/library/restore', 'Take clips out of the trash').input(ids).output(z.void()),
  /** For good. Without ids: everything that is in the trash. */
  purge: post('/library/purge', 'Delete what is in the trash')
    .input(z.object({ ids: z.array(z.string().max(64)).max(20_000).nullable() }))
    .output(z.void()),
  reveal: post('/library/{id}/reveal', 'Show the file in its folder').input(id).output(z.void()),
};

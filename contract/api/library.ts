import { z } from 'zod';
import { Clip, ClipPage, ClipQuery, Collection, collectionName, everyClip, Notes, Rating } from '../clip.ts';
import { flag, get, id, ids, post } from './asked.ts';

const moment = z.coerce.number().int().nullable().default(null);

const ClipPageQuery = z.object({
  search: ClipQuery.shape.search.default(everyClip.search),
  stars: z.coerce.number().pipe(Rating).default(everyClip.stars),
  deleted: flag,
  order: ClipQuery.shape.order.default(everyClip.order),
  model: ClipQuery.shape.model.default(null),
  shape: ClipQuery.shape.shape.default(null),
  length: ClipQuery.shape.length.default(null),
  fromPicture: flag,
  collection: ClipQuery.shape.collection.default(null),
  since: moment,
  before: moment,
  offset: z.coerce.number().int().min(0).default(0),
  limit: z.coerce.number().int().min(1).max(500).default(50),
});

export const library = {
  page: get('/library', 'Clips, some at a time').input(ClipPageQuery).output(ClipPage),
  get: get('/library/{id}', 'One clip').input(id).output(Clip),
  rate: post('/library/rate', 'Give stars, or take them away')
    .input(ids.extend({ rating: Rating }))
    .output(z.void()),
  note: post('/library/{id}/notes', 'Write notes on a clip')
    .input(id.extend({ notes: Notes }))
    .output(z.void()),
  /** Models that there are clips of, the one with the most first. */
  models: get('/library/models', 'Models that clips were made with').output(z.array(z.string())),
  /** Into the studio's trash, from where they can be restored for thirty days. */
  delete: post('/library/delete', 'Put clips into the trash').input(ids).output(z.void()),
  restore: post('/library/restore', 'Take clips out of the trash').input(ids).output(z.void()),
  /** For good. Without ids: everything that is in the trash. */
  purge: post('/library/purge', 'Delete what is in the trash')
    .input(z.object({ ids: z.array(z.string().max(64)).max(20_000).nullable() }))
    .output(z.void()),
  reveal: post('/library/{id}/reveal', 'Show the file in its folder').input(id).output(z.void()),
  collections: {
    list: get('/library/collections', 'Collections of clips').output(z.array(Collection)),
    create: post('/library/collections', 'Begin a collection, with clips or empty')
      .input(z.object({ name: collectionName, ids: z.array(z.string().min(1).max(64)).max(20_000).default([]) }))
      .output(Collection),
    rename: post('/library/collections/{id}/rename', 'Give a collection another name')
      .input(id.extend({ name: collectionName }))
      .output(z.void()),
    /** The clips stay; the collection can come back until the studio ends. */
    delete: post('/library/collections/{id}/delete', 'Delete a collection').input(id).output(z.void()),
    restore: post('/library/collections/{id}/restore', 'Take a deleted collection back').input(id).output(z.void()),
    put: post('/library/collections/{id}/put', 'Put clips into a collection')
      .input(id.extend(ids.shape))
      .output(z.void()),
    take: post('/library/collections/{id}/take', 'Take clips out of a collection')
      .input(id.extend(ids.shape))
      .output(z.void()),
  },
};

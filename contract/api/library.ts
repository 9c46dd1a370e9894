import { eventIterator } from '@orpc/contract';
import { z } from 'zod';
import { Clip, ClipPage, ClipQuery, Collection, collectionName, everyClip, Notes, Rating } from '../clip.ts';
import { Picture } from '../draft.ts';
import { ClipExport, LibraryTask } from '../libraryTask.ts';
import { flag, get, id, ids, post } from './asked.ts';

const folder = z.string().min(1).max(4096);
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
  /** While the pointer is down: where it is let go, the system copies the file. */
  drag: post('/library/{id}/drag', 'Drag the file out of the window').input(id).output(z.void()),
  rename: post('/library/{id}/rename', 'Give a clip’s file another name in its folder')
    .input(id.extend({ name: z.string().max(400) }))
    .output(Clip),
  /** The very last frame, taken in as a picture for clips to go on from. */
  lastFrame: post('/library/{id}/last-frame', 'Take in the last frame of a clip').input(id).output(Picture),
  export: post('/library/export', 'Write a clip in another form, or a copy of it')
    .input(ClipExport)
    .output(LibraryTask),
  import: post('/library/import', 'Take in the clips of a folder where they lie')
    .input(z.object({ folder, plain: z.boolean().default(false) }))
    .output(LibraryTask),
  /** Stars, notes and collections are not in the files: they stay where the clip is still known. */
  rebuild: post('/library/rebuild', 'Read the library anew from its files').output(LibraryTask),
  move: post('/library/move', 'Move all clips to another folder').input(z.object({ folder })).output(LibraryTask),
  tasks: {
    list: get('/library/tasks', 'What goes on in the library, and what ended').output(z.array(LibraryTask)),
    /** First how they stand, then every change. */
    follow: get('/library/tasks/follow', 'The same, from now on').output(eventIterator(LibraryTask)),
    cancel: post('/library/tasks/{id}/cancel', 'Give one up').input(id).output(z.void()),
    /** With what was kept of it for a download. */
    forget: post('/library/tasks/{id}/forget', 'Forget one that has ended').input(id).output(z.void()),
  },
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

import { Refused } from '../../refused.ts';
import type { Guarded } from '../guard.ts';
import type { RouterParts } from './parts.ts';

export function libraryRoutes(os: Guarded['library'], { studio, abilities }: RouterParts) {
  const { library } = studio;
  const { collections } = library;
  /** Clips know their model by its id: its name is what people search for. */
  const namedModels = async () =>
    (await studio.listModels()).flatMap((item) => (item.kind === 'model' ? [item.model] : []));
  return {
    page: os.page.handler(async ({ input: { offset, limit, ...query } }) =>
      library.page(query, offset, limit, query.search === '' ? [] : await namedModels()),
    ),
    get: os.get.handler(({ input }) => library.get(input.id)),
    rate: os.rate.handler(({ input }) => library.rate(input.ids, input.rating)),
    note: os.note.handler(({ input }) => library.note(input.id, input.notes)),
    models: os.models.handler(() => library.models()),
    delete: os.delete.handler(({ input }) => library.delete(input.ids)),
    restore: os.restore.handler(({ input }) => library.restore(input.ids)),
    purge: os.purge.handler(({ input }) => library.purge(input.ids)),
    reveal: os.reveal.handler(async ({ input }) => {
      if (abilities.reveal === null) throw new Refused({ reason: 'not-in-this-host' });
      const clip = await library.get(input.id);
      if (clip.missing) throw new Refused({ reason: 'clip', problem: 'file-gone' });
      abilities.reveal(library.fileOf(input.id));
    }),
    collections: {
      list: os.collections.list.handler(() => collections.list()),
      create: os.collections.create.handler(({ input }) => collections.create(input.name, input.ids)),
      rename: os.collections.rename.handler(({ input }) => collections.rename(input.id, input.name)),
      delete: os.collections.delete.handler(({ input }) => collections.delete(input.id)),
      restore: os.collections.restore.handler(({ input }) => collections.restore(input.id)),
      put: os.collections.put.handler(({ input }) => collections.put(input.id, input.ids)),
      take: os.collections.take.handler(({ input }) => collections.take(input.id, input.ids)),
    },
  };
}

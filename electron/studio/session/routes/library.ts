import type { LibraryTask } from '../../../../contract/libraryTask.ts';
import { Refused } from '../../refused.ts';
import { Feed, following } from '../feed.ts';
import type { Guarded } from '../guard.ts';
import type { RouterParts } from './parts.ts';

export function libraryRoutes(os: Guarded['library'], { studio, abilities, work }: RouterParts) {
  const { library } = studio;
  const { collections } = library;
  /** @throws {Refused} */
  const present = async (id: string): Promise<string> => {
    if ((await library.get(id)).missing) throw new Refused({ reason: 'clip', problem: 'file-gone' });
    return library.fileOf(id);
  };
  return {
    page: os.page.handler(async ({ input: { offset, limit, ...query } }) =>
      // Clips know their model by its id: its name is what people search for.
      library.page(query, offset, limit, query.search === '' ? [] : await studio.models()),
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
      abilities.reveal(await present(input.id));
    }),
    drag: os.drag.handler(async ({ input }) => {
      if (abilities.dragOut === null) throw new Refused({ reason: 'not-in-this-host' });
      abilities.dragOut(await present(input.id));
    }),
    rename: os.rename.handler(({ input }) => library.rename(input.id, input.name)),
    lastFrame: os.lastFrame.handler(({ input }) => work.lastFrame(input.id)),
    export: os.export.handler(({ input }) => work.export(input)),
    import: os.import.handler(({ input }) => work.import(input.folder, input.plain)),
    rebuild: os.rebuild.handler(() => work.rebuild()),
    move: os.move.handler(({ input }) => work.move(input.folder)),
    tasks: {
      list: os.tasks.list.handler(() => work.tasks.list()),
      follow: os.tasks.follow.handler(({ signal }) => {
        // Of one that goes on only the newest counts.
        const feed = new Feed<LibraryTask>((task) => task.id);
        const attach = (push: (task: LibraryTask) => void) => {
          for (const task of work.tasks.list()) push(task);
          return work.tasks.on(push);
        };
        return following(feed, attach, signal);
      }),
      cancel: os.tasks.cancel.handler(({ input }) => work.tasks.cancel(input.id)),
      forget: os.tasks.forget.handler(({ input }) => work.forget(input.id)),
    },
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

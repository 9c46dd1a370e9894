import { Refused } from '../../refused.ts';
import type { Guarded } from '../guard.ts';
import type { RouterParts } from './parts.ts';

export function libraryRoutes(os: Guarded['library'], { studio: { library }, abilities }: RouterParts) {
  return {
    page: os.page.handler(({ input: { offset, limit, ...query } }) => library.page(query, offset, limit)),
    get: os.get.handler(({ input }) => library.get(input.id)),
    star: os.star.handler(({ input }) => library.star(input.ids, input.starred)),
    delete: os.delete.handler(({ input }) => library.delete(input.ids)),
    restore: os.restore.handler(({ input }) => library.restore(input.ids)),
    purge: os.purge.handler(({ input }) => library.purge(input.ids)),
    reveal: os.reveal.handler(async ({ input }) => {
      if (abilities.reveal === null) throw new Refused({ reason: 'not-in-this-host' });
      const clip = await library.get(input.id);
      if (clip.missing) throw new Refused({ reason: 'clip', problem: 'file-gone' });
      abilities.reveal(library.fileOf(input.id));
    }),
  };
}

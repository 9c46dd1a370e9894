import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { lines, wrapped } from '../../presets/index.ts';
import { Refused } from '../../refused.ts';
import { withoutWords } from '../../sharing/index.ts';
import type { Guarded } from '../guard.ts';
import type { RouterParts } from './parts.ts';

export function presetRoutes(os: Guarded['presets'], { studio: { presets, paths }, abilities }: RouterParts) {
  const { shelf, desk } = presets;
  return {
    list: os.list.handler(() => shelf.list()),
    get: os.get.handler(({ input }) => shelf.get(input.id)),
    create: os.create.handler(({ input }) => shelf.create(input.document, input.clip, 'own')),
    change: os.change.handler(({ input }) => shelf.change(input.id, input.change, input.clip)),
    duplicate: os.duplicate.handler(({ input }) => shelf.duplicate(input.id, input.name)),
    remove: os.remove.handler(({ input }) => shelf.remove(input.ids)),
    restore: os.restore.handler(({ input }) => shelf.restore(input.ids)),
    link: os.link.handler(async ({ input }) => {
      const document = await shelf.document(input.id);
      return lines(input.withoutWords ? withoutWords(document) : document);
    }),
    drag: os.drag.handler(async ({ input }) => {
      if (abilities.dragOut === null) throw new Refused({ reason: 'not-in-this-host' });
      const { name, bytes } = wrapped([await shelf.document(input.id)]);
      const folder = join(paths.dragged, input.id);
      await mkdir(folder, { recursive: true });
      await writeFile(join(folder, name), bytes);
      abilities.dragOut(join(folder, name));
    }),
    receive: os.receive.handler(({ input }) => desk.put(input.text)),
    received: os.received.handler(({ input }) => desk.get(input.id)),
    accept: os.accept.handler(async ({ input }) => {
      const kept = await shelf.createAll(desk.documents(input.id, input.which), 'received');
      desk.leave(input.id);
      return kept;
    }),
    leave: os.leave.handler(({ input }) => desk.leave(input.id)),
  };
}

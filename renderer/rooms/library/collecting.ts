import type { Collection } from '../../../contract/clip.ts';
import { client } from '../../app/client.ts';
import { told } from '../../app/told.ts';
import { figures, words } from '../../i18n/index.ts';
import { toast } from '../../ui/toast.tsx';
import { library } from './useLibrary.ts';

const counted = (ids: readonly string[]) => ({ count: ids.length, number: figures().number(ids.length) });

export async function putInto({ id, name }: Collection, ids: readonly string[]): Promise<void> {
  if ((await told(client.library.collections.put({ id, ids: [...ids] }))) === null) return;
  const undo = () => void told(client.library.collections.take({ id, ids: [...ids] }));
  const action = { label: words('terms:undo'), run: undo };
  toast({ text: words('library:collection.added', { ...counted(ids), name }), action });
}

export async function takeOut({ id, name }: Collection, ids: readonly string[]): Promise<void> {
  if ((await told(client.library.collections.take({ id, ids: [...ids] }))) === null) return;
  const undo = () => void told(client.library.collections.put({ id, ids: [...ids] }));
  const action = { label: words('terms:undo'), run: undo };
  toast({ text: words('library:collection.taken', { ...counted(ids), name }), action });
}

export const beginCollection = (name: string, ids: readonly string[]): Promise<Collection | null> =>
  told(client.library.collections.create({ name, ids: [...ids] }));

export const renameCollection = ({ id }: Collection, name: string): Promise<unknown> =>
  told(client.library.collections.rename({ id, name }));

export async function deleteCollection({ id, name }: Collection): Promise<void> {
  if ((await told(client.library.collections.delete({ id }))) === null) return;
  if (library.store.getState().query.collection === id) library.ask({ collection: null });
  const undo = () => void told(client.library.collections.restore({ id }));
  toast({ text: words('library:collection.deleted', { name }), action: { label: words('terms:undo'), run: undo } });
}

/** What a card that is dragged carries. */
export const dragType = 'application/x-reelwright-clips';

/** The selection, if the card is among it; else the card alone. */
export function dragged(id: string): string[] {
  const { ids } = library.store.getState().selection;
  return ids.has(id) ? [...ids] : [id];
}

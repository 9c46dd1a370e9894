import { type Clip, everyClip } from '../../../contract/clip.ts';
import { client } from '../../app/client.ts';
import { show } from '../../app/navigation.ts';
import { useStudio } from '../../app/store.ts';
import { told } from '../../app/told.ts';
import { figures, words } from '../../i18n/index.ts';
import { toast } from '../../ui/toast.tsx';
import { draftFor, firstModel, mended, withPicture } from '../create/drafting.ts';
import { toCreate } from '../queue/actions.ts';
import { draftOfClip } from '../queue/draftOf.ts';
import { isWhole, knownDraft } from './known.ts';
import { without } from './selection.ts';
import { library } from './useLibrary.ts';

/** As many as one call may name. */
const atOnce = 20_000;

/** Null when it was refused, which has been told. */
async function inParts(ids: readonly string[], call: (part: string[]) => Promise<void>): Promise<true | null> {
  for (let from = 0; from < ids.length; from += atOnce) {
    if ((await told(call(ids.slice(from, from + atOnce)))) === null) return null;
  }
  library.select(without(library.store.getState().selection, ids));
  return true;
}

const counted = (ids: readonly string[]) => ({ count: ids.length, number: figures().number(ids.length) });

export async function deleteClips(ids: readonly string[]): Promise<true | null> {
  const done = await inParts(ids, (part) => client.library.delete({ ids: part }));
  if (done === null) return null;
  const undo = () => void inParts(ids, (part) => client.library.restore({ ids: part }));
  toast({ text: words('library:deleted', counted(ids)), action: { label: words('terms:undo'), run: undo } });
  return done;
}

export async function restoreClips(ids: readonly string[]): Promise<true | null> {
  const done = await inParts(ids, (part) => client.library.restore({ ids: part }));
  if (done !== null) toast({ text: words('library:restored', counted(ids)) });
  return done;
}

export async function purgeClips(ids: readonly string[]): Promise<true | null> {
  const done = await inParts(ids, (part) => client.library.purge({ ids: part }));
  if (done !== null) toast({ text: words('library:purged', counted(ids)) });
  return done;
}

/** What emptying the trash would delete, whatever is searched for at the moment. Null when that cannot be told. */
export async function countTrash(): Promise<number | null> {
  return (await told(client.library.page({ ...everyClip, deleted: true, offset: 0, limit: 1 })))?.total ?? null;
}

export async function emptyTrash(count: number): Promise<void> {
  if ((await told(client.library.purge({ ids: null }))) === null) return;
  toast({ text: words('library:purged', { count, number: figures().number(count) }) });
}

export async function rate(ids: readonly string[], rating: number): Promise<void> {
  library.change(ids, { rating });
  for (let from = 0; from < ids.length; from += atOnce) {
    const answer = await told(client.library.rate({ ids: ids.slice(from, from + atOnce), rating }));
    if (answer === null) return library.readAgain();
  }
}

/** With a way back to what was written before. False when it was refused, which has been told. */
export async function note(id: string, notes: string, before: string): Promise<boolean> {
  if ((await told(client.library.note({ id, notes }))) === null) return false;
  library.change([id], { notes });
  const undo = () => void told(client.library.note({ id, notes: before }));
  toast({ text: words('library:notes.kept'), action: { label: words('terms:undo'), run: undo } });
  return true;
}

export async function reuse(clip: Clip): Promise<void> {
  const { settings, models } = useStudio.getState();
  const first = firstModel(models);
  const now = settings.draft ?? (first && draftFor(first));
  await toCreate(isWhole(clip) || now === null ? draftOfClip(clip) : knownDraft(clip, now), clip.settings);
}

/** Its very last frame as the picture that the next clip begins with, by a model that can. */
export async function goOn(clip: Clip): Promise<void> {
  const picture = await told(client.library.lastFrame({ id: clip.id }));
  if (picture === null) return;
  const { models } = useStudio.getState();
  const draft = withPicture({ ...draftOfClip(clip), seed: null }, picture.id, models);
  await toCreate(mended(draft, models), { ...clip.settings, image: null });
}

/** Without folders and ending. */
export const nameOf = (file: string): string => (file.split(/[\\/]/).at(-1) ?? file).replace(/\.[^.]*$/, '');

export async function renameFile(clip: Clip, name: string): Promise<void> {
  const before = nameOf(clip.file);
  const renamed = await told(client.library.rename({ id: clip.id, name }));
  if (renamed === null) return;
  const undo = () => void told(client.library.rename({ id: clip.id, name: before }));
  const text = words('library:detail.renamed', { name: nameOf(renamed.file) });
  toast({ text, action: { label: words('terms:undo'), run: undo } });
}

export async function makeAgain(clip: Clip): Promise<void> {
  const job = await told(client.queue.add({ ...draftOfClip(clip), seed: null }));
  if (job === null) return;
  const action = { label: words('library:detail.showQueue'), run: () => show('queue') };
  toast({ text: words('library:detail.added'), action });
}

export const reveal = (clip: Clip): Promise<unknown> => told(client.library.reveal({ id: clip.id }));

/** The system drags the file; the page's own drag ends here. */
export function dragOut(event: { preventDefault: () => void }, clip: Clip): void {
  event.preventDefault();
  void told(client.library.drag({ id: clip.id }));
}

export async function copy(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    toast({ text: words('library:detail.copied') });
  } catch {
    toast({ text: words('library:detail.notCopied'), tone: 'bad' });
  }
}

import { client } from '../../app/client.ts';
import { told } from '../../app/told.ts';
import { words } from '../../i18n/index.ts';
import { toast } from '../../ui/toast.tsx';
import { timeOf } from './startTime.ts';

const day = (now: Date) => `${now.getFullYear()}-${now.getMonth() + 1}-${now.getDate()}`;

/** Hands what waits to the person, as a file. */
export async function saveQueue(): Promise<void> {
  const document_ = await told(client.queue.file());
  if (document_ === null) return;
  const now = new Date();
  const url = URL.createObjectURL(new Blob([JSON.stringify(document_)], { type: 'application/json' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = `queue ${day(now)} ${timeOf(now).replace(':', '.')}.reelqueue`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
  if (document_.clips.some(({ fromPicture }) => fromPicture)) toast({ text: words('queue:file.withoutPictures') });
}

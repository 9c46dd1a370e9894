import type { Batch } from '../../../contract/batch.ts';
import type { Draft } from '../../../contract/draft.ts';
import type { WhenDone } from '../../../contract/events.ts';
import type { Job } from '../../../contract/job.ts';
import type { RenderSettings } from '../../../contract/render.ts';
import { asTemplate } from '../../../contract/template.ts';
import { client } from '../../app/client.ts';
import { show } from '../../app/navigation.ts';
import { useStudio } from '../../app/store.ts';
import { told } from '../../app/told.ts';
import { figures, words } from '../../i18n/index.ts';
import { toast } from '../../ui/toast.tsx';
import { draftOfJob, lacksPicture } from './draftOf.ts';
import { partsOf } from './loadQueue.ts';
import { grouped, moveOf } from './order.ts';

export const pauseQueue = (afterClip = false) => told(client.queue.pause({ afterClip }));
export const resumeQueue = () => told(client.queue.resume());
export const startQueueAt = (at: number) => told(client.queue.startAt({ at }));
export const setWhenDone = (action: WhenDone) => told(client.queue.whenDone({ action }));
export const pauseJob = (job: Job) => told(client.queue.pauseJob({ id: job.id }));
export const resumeJob = (job: Job) => told(client.queue.resumeJob({ id: job.id }));
/** One after the other, so that the first that cannot be is told of alone. */
export async function resumeJobs(jobs: readonly Job[]): Promise<void> {
  for (const job of jobs) if ((await told(client.queue.resumeJob({ id: job.id }).then(() => true))) === null) return;
}
export const cancelJob = (job: Job) => told(client.queue.cancel({ id: job.id }));

const counted = (ids: readonly string[]) => ({ count: ids.length, number: figures().number(ids.length) });

/** With a way back: they return to their places with what they had kept. */
export async function removeJobs(ids: readonly string[]): Promise<void> {
  const removed = await told(client.queue.removeMany({ ids: [...ids] }));
  if (removed === null || removed.ids.length === 0) return;
  const undo = () => void told(client.queue.restore({ ids: removed.ids }));
  toast({ text: words('queue:removed', counted(removed.ids)), action: { label: words('terms:undo'), run: undo } });
}

/** Many by one call, with a way back. The ids of what was added; null after telling why there is none. */
export async function addMany(batch: Batch): Promise<readonly string[] | null> {
  const added = await told(client.queue.addMany(batch));
  if (added === null) return null;
  tellAdded(added.ids);
  return added.ids;
}

function tellAdded(ids: readonly string[]): void {
  const undo = () => void told(client.queue.removeMany({ ids: [...ids] }));
  toast({ text: words('queue:added', counted(ids)), action: { label: words('terms:undo'), run: undo } });
}

/** In parts that one message can carry; what was added until one of them was refused stays. */
export async function addDrafts(drafts: readonly Draft[]): Promise<void> {
  const ids: string[] = [];
  for (const part of partsOf(drafts)) {
    const added = await told(client.queue.addMany({ kind: 'drafts', drafts: part }));
    if (added === null) break;
    ids.push(...added.ids);
  }
  if (ids.length > 0) tellAdded(ids);
}

/** The same settings with other seeds. */
export const repeat = (draft: Draft, count: number): Promise<readonly string[] | null> =>
  addMany({ kind: 'templates', draft, text: lineOf(draft), slots: {}, seeds: { kind: 'drawn', count } });

/** A prompt may have lines of its own: here each would be another one. */
const lineOf = ({ prompt }: Draft): string => asTemplate(prompt.replace(/\s*[\r\n]+\s*/g, ' '));

/** Just the same again, right behind it. */
export async function duplicate(job: Job): Promise<void> {
  const order = grouped(useStudio.getState().jobs).waiting.map(({ id }) => id);
  const { before } = moveOf(order, job.id);
  const added = await told(client.queue.add(draftOfJob(job)));
  if (added === null) return;
  if (order.includes(job.id) && before !== null) await told(client.queue.move({ id: added.id, before }));
  tellAdded([added.id]);
}

export const takeSettings = (job: Job) => toCreate(draftOfJob(job), job.settings);

/** Create takes over what something was made with. */
export async function toCreate(draft: Draft, of: RenderSettings): Promise<void> {
  const settings = await told(client.settings.change({ draft: { ...draft, prompt: asTemplate(draft.prompt) } }));
  if (settings === null) return;
  // Create reads them as it opens; the event that tells them may come later.
  useStudio.setState({ settings });
  show('create');
  toast({ text: words(lacksPicture(draft, of) ? 'queue:pictureMissing' : 'queue:settingsUsed') });
}

import type { Draft } from '../../../contract/draft.ts';
import type { Job } from '../../../contract/job.ts';
import type { RenderSettings } from '../../../contract/render.ts';
import { client } from '../../app/client.ts';
import { show } from '../../app/navigation.ts';
import { useStudio } from '../../app/store.ts';
import { told } from '../../app/told.ts';
import { words } from '../../i18n/index.ts';
import { toast } from '../../ui/toast.tsx';
import { canComeBack, draftOfJob, lacksPicture } from './draftOf.ts';
import { grouped, moveOf } from './order.ts';

export const pauseQueue = () => told(client.queue.pause());
export const resumeQueue = () => told(client.queue.resume());
export const pauseJob = (job: Job) => told(client.queue.pauseJob({ id: job.id }));
export const resumeJob = (job: Job) => told(client.queue.resumeJob({ id: job.id }));
export const cancelJob = (job: Job) => told(client.queue.cancel({ id: job.id }));

export function comesBack(job: Job): boolean {
  const { about, settings } = useStudio.getState();
  return canComeBack(job, settings.clipsFolder ?? about?.clipsFolder ?? null);
}

/** For good, or with a way back where adding it again gives just the same. */
export async function removeJob(job: Job): Promise<void> {
  const order = grouped(useStudio.getState().jobs).waiting.map(({ id }) => id);
  const { before } = moveOf(order, job.id);
  const undo = comesBack(job) ? { label: words('common:undo'), run: () => void putBack(job, before) } : null;
  if ((await told(client.queue.remove({ id: job.id }))) === null) return;
  toast({ text: words('queue:removed'), ...(undo && { action: undo }) });
}

/** Where it stood, if what stood behind it is still there; and as it stood: paused, or waiting. */
async function putBack(job: Job, before: string | null): Promise<void> {
  const added = await told(client.queue.add(draftOfJob(job)));
  if (added === null) return;
  const there = useStudio.getState().jobs.some(({ id }) => id === before);
  if (there) await told(client.queue.move({ id: added.id, before }));
  if (job.state.kind === 'paused') await told(client.queue.pauseJob({ id: added.id }));
}

export const takeSettings = (job: Job) => toCreate(draftOfJob(job), job.settings);

/** Create takes over what something was made with. */
export async function toCreate(draft: Draft, of: RenderSettings): Promise<void> {
  const settings = await told(client.settings.change({ draft }));
  if (settings === null) return;
  // Create reads them as it opens; the event that tells them may come later.
  useStudio.setState({ settings });
  show('create');
  toast({ text: words(lacksPicture(draft, of) ? 'queue:pictureMissing' : 'queue:settingsUsed') });
}

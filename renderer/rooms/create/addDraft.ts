import type { Batch } from '../../../contract/batch.ts';
import type { Draft } from '../../../contract/draft.ts';
import { client } from '../../app/client.ts';
import { countInLine, runningJob, useStudio } from '../../app/store.ts';
import { told } from '../../app/told.ts';
import { words } from '../../i18n/index.ts';
import { toast } from '../../ui/toast.tsx';
import { addMany } from '../queue/actions.ts';
import { follow } from './followed.ts';

/** Adds many to the queue. */
export async function addSeveral(batch: Batch): Promise<void> {
  const busy = runningJob(useStudio.getState()) !== null;
  const ids = await addMany(batch);
  const [first] = ids ?? [];
  if (first !== undefined && !busy) follow(first);
}

/** Adds it to the queue. True when it is there. */
export async function addDraft(draft: Draft): Promise<boolean> {
  const state = useStudio.getState();
  const busy = runningJob(state) !== null;
  const before = countInLine(state);
  const job = await told(client.queue.add(draft));
  if (!job) return false;
  // One that begins at once is seen on the stage.
  if (!busy) follow(job.id);
  if (before > 0) {
    toast({
      text: words('create:add.addedBehind', { count: before }),
      action: { label: words('terms:undo'), run: () => void told(client.queue.remove({ id: job.id })) },
    });
  }
  return true;
}

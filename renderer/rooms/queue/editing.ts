import { create } from 'zustand';
import type { Draft } from '../../../contract/draft.ts';
import type { Job } from '../../../contract/job.ts';
import { asTemplate } from '../../../contract/template.ts';
import { client } from '../../app/client.ts';
import { show } from '../../app/navigation.ts';
import { useStudio } from '../../app/store.ts';
import { told } from '../../app/told.ts';
import { words } from '../../i18n/index.ts';
import { toast } from '../../ui/toast.tsx';
import { changeDraft, useDraft } from '../create/draft.ts';
import { changeSeveral } from '../create/severalState.ts';
import { draftOfJob } from './draftOf.ts';

/** The waiting job whose settings Create shows, and what it showed before. */
interface Editing {
  job: Job | null;
  before: Draft | null;
}

export const useEditing = create<Editing>()(() => ({ job: null, before: null }));

/** Opens a waiting job in Create; saving puts it back into its place. */
export function editJob(job: Job): void {
  const { before } = useEditing.getState();
  useEditing.setState({ job, before: before ?? useDraft.getState().draft });
  const draft = draftOfJob(job);
  changeDraft({ ...draft, prompt: asTemplate(draft.prompt) });
  changeSeveral({ many: false });
  show('create');
}

/** Create shows again what it showed before. */
function end(): void {
  const { before } = useEditing.getState();
  useEditing.setState({ job: null, before: null });
  if (before) changeDraft(before);
}

export function leaveEditing(): void {
  end();
  show('queue');
}

export async function saveEdited(draft: Draft): Promise<void> {
  const { job } = useEditing.getState();
  if (job === null || (await told(client.queue.change({ id: job.id, draft }))) === null) return;
  leaveEditing();
  toast({ text: words('queue:changed') });
}

// Begun, finished or taken out meanwhile: then there is nothing to change any more, and what was written stays.
useStudio.subscribe((state, before) => {
  const { job } = useEditing.getState();
  if (job === null || state.jobs === before.jobs) return;
  const now = state.jobs.find(({ id }) => id === job.id);
  if (now !== undefined && (now.state.kind === 'queued' || now.state.kind === 'paused')) return;
  useEditing.setState({ job: null, before: null });
  toast({ text: words('queue:editOver') });
});

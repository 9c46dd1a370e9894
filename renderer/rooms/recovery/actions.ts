import { create } from 'zustand';
import type { Failure } from '../../../contract/failure.ts';
import type { Job } from '../../../contract/job.ts';
import type { Remedy } from '../../../contract/plan.ts';
import type { RecoveryPolicy } from '../../../contract/recovery.ts';
import { client } from '../../app/client.ts';
import { show } from '../../app/navigation.ts';
import { told } from '../../app/told.ts';
import { words } from '../../i18n/index.ts';
import { toast } from '../../ui/toast.tsx';
import { changeDraft, takeAgain, useDraft } from '../create/draft.ts';
import { remedied } from '../create/fit.ts';
import { offerOf } from './offer.ts';

/** The job whose ways to go on are being chosen from. */
export const useChoosing = create<{ id: string | null }>()(() => ({ id: null }));

export const recover = (job: Job, choice: number | null = null) => told(client.queue.recover({ id: job.id, choice }));
export const hold = (job: Job) => told(client.queue.hold({ id: job.id }));
export const tryAgain = (job: Job) => told(client.queue.resumeJob({ id: job.id }));
export const setPolicy = (recovery: RecoveryPolicy) => told(client.settings.change({ recovery }));

const counts = ({ state }: Job): boolean => offerOf(state)?.kind === 'countdown';
const choosing = (job: Job, choosing: boolean) =>
  told(client.queue.choosing({ id: job.id, choosing }).then(() => true));

/** A countdown stands while somebody chooses. */
export async function choose(job: Job): Promise<void> {
  if (counts(job) && (await choosing(job, true)) === null) return;
  useChoosing.setState({ id: job.id });
}

export const leaveChoosing = (): void => useChoosing.setState({ id: null });

/** Nothing was chosen: a countdown begins anew. */
export function chooseNothing(job: Job | null): void {
  leaveChoosing();
  if (job !== null && counts(job)) void choosing(job, false);
}

/** Create shows the clip's settings, to be changed. */
export function takeToChange(job: Job, { cause }: Failure): void {
  takeAgain(job);
  // The same seed would give the same frames.
  if (cause === 'bad-frames') changeDraft({ seed: null });
  show('create');
}

/** Create shows the clip's settings, changed so that it fits. */
export function takeRemedied(job: Job, remedy: Remedy): void {
  const before = useDraft.getState().draft;
  takeAgain(job);
  changeDraft((draft) => remedied(draft, remedy) ?? draft);
  leaveChoosing();
  show('create');
  const undo = before && { action: { label: words('terms:undo'), run: () => changeDraft(before) } };
  toast({ text: words('recovery:settingsTaken'), ...undo });
}

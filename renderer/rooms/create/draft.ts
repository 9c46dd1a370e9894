import { create } from 'zustand';
import { type Draft, draftPrompt } from '../../../contract/draft.ts';
import type { Job } from '../../../contract/job.ts';
import { asTemplate } from '../../../contract/template.ts';
import { client, refused } from '../../app/client.ts';
import { type StudioState, useStudio } from '../../app/store.ts';
import { errorWords } from '../../app/told.ts';
import { toast } from '../../ui/toast.tsx';
import { draftOfJob } from '../queue/draftOf.ts';
import { cut, draftFor, firstModel, mended } from './drafting.ts';

const restMs = 400;

/** What is being written. Null until the studio told what was remembered, or when there is no model at all. */
export const useDraft = create<{ draft: Draft | null }>()(() => ({ draft: null }));

const kept = (draft: Draft): Draft => ({
  ...draft,
  prompt: cut(draft.prompt, draftPrompt),
  negativePrompt: cut(draft.negativePrompt),
});

const same = (one: Draft | null, other: Draft | null): boolean =>
  one !== null && other !== null && (Object.keys(one) as (keyof Draft)[]).every((key) => one[key] === other[key]);

/** What the studio told last. */
let stored: Draft | null = null;
/** Sent, and not yet heard of again. */
let sent: Draft[] = [];
let timer: ReturnType<typeof setTimeout> | undefined;

/** Sends what has not been sent, so that nothing is lost with the window. */
function keep(): void {
  if (timer === undefined) return;
  clearTimeout(timer);
  timer = undefined;
  const { draft } = useDraft.getState();
  if (!draft) return;
  const sending = kept(draft);
  sent.push(sending);
  client.settings.change({ draft: sending }).catch((error: unknown) => {
    sent = sent.filter((each) => each !== sending);
    // While nobody answers nothing needs to be said: it is sent again as soon as somebody does.
    if (refused(error)) toast({ text: errorWords(error), tone: 'bad' });
  });
}

function keepSoon(): void {
  clearTimeout(timer);
  timer = setTimeout(keep, restMs);
}

/** Changes what is being written; it is remembered when the hand rests. */
export function changeDraft(change: Partial<Draft> | ((draft: Draft) => Draft)): void {
  const { draft } = useDraft.getState();
  if (!draft) return;
  useDraft.setState({ draft: typeof change === 'function' ? change(draft) : { ...draft, ...change } });
  keepSoon();
}

/**
 * Prompt and settings of a job, to be changed and added anew. The seed comes along; a model that is only a folder does
 * not, since nobody could choose another in its place.
 */
export function takeAgain(job: Job): void {
  const draft = draftOfJob(job);
  changeDraft(mended({ ...draft, prompt: asTemplate(draft.prompt) }, useStudio.getState().models));
}

/** What comes from elsewhere, such as a clip whose settings are to be used again, takes the place of what is here. */
function hear({ known, models, settings }: StudioState): void {
  if (!known) return;
  const { draft } = useDraft.getState();
  const told = settings.draft;
  const unchanged = told === stored || same(told, stored);
  stored = told;
  const mine = sent.findIndex((each) => same(each, told));
  if (mine !== -1) {
    sent = sent.slice(mine + 1);
    return;
  }
  if (draft && unchanged) {
    // Written while nobody answered.
    if (!same(kept(draft), told)) keepSoon();
    return;
  }
  const first = firstModel(models);
  const next = told ?? (first && draftFor(first));
  if (next) useDraft.setState({ draft: mended(next, models) });
}

hear(useStudio.getState());
useStudio.subscribe((state, before) => {
  const changed = state.settings.draft !== before.settings.draft || state.models !== before.models;
  if (changed || !useDraft.getState().draft) hear(state);
});
window.addEventListener('pagehide', keep);
document.addEventListener('visibilitychange', () => document.hidden && keep());
